/** Every Redis key is made here. The braces are a hash tag: on a Cluster all keys share a slot, so scripts may touch several. */
export function redisKeys(prefix: string) {
  const root = `{${prefix}}`;
  return {
    bullPrefix: root,
    job: (jobId: string) => `${root}:job:${jobId}`,
    jobItems: (jobId: string) => `${root}:job:${jobId}:items`,
    item: (itemId: string) => `${root}:item:${itemId}`,
    /** Jobs whose upload has begun but which are not committed: id → time of the last sign of life. */
    uploading: `${root}:uploading`,
    /** Committed jobs whose items may not all be in the queue yet. */
    unqueued: `${root}:outbox:items`,
    /** Ended jobs whose webhook is not in its queue yet: message id → job id. */
    unsent: `${root}:outbox:webhooks`,
    /** All jobs: id → when they expire. */
    expiry: `${root}:expiry`,
    worker: (workerId: string) => `${root}:worker:${workerId}`,
    workers: `${root}:workers`,
  };
}

export type RedisKeys = ReturnType<typeof redisKeys>;
