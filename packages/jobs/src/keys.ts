import type { JobStatus, Lane } from '@packshot/contracts';

/**
 * Every Redis key is made here. The braces are a hash tag: on a Cluster all keys share a slot, so scripts may touch several.
 * Parts that come from outside (tenants, hosts, client ids) are percent-encoded, so that none can reach into another's keys.
 */
export function redisKeys(prefix: string) {
  const root = `{${prefix}}`;
  const part = encodeURIComponent;
  return {
    bullPrefix: root,

    // Records
    job: (jobId: string) => `${root}:job:${jobId}`,
    jobItems: (jobId: string) => `${root}:job:${jobId}:items`,
    /** Stream of what happened to a job and its items. */
    jobEvents: (jobId: string) => `${root}:job:${jobId}:events`,
    item: (itemId: string) => `${root}:item:${itemId}`,
    /** Channel that names each job whose record has changed. */
    changes: `${root}:changes`,

    // Indexes
    /** A tenant's jobs: id, by time of creation (Unix ms). */
    jobsOf: (tenant: string) => `${root}:jobs:${part(tenant)}`,
    jobsWithStatus: (tenant: string, status: JobStatus) => `${root}:jobs:${part(tenant)}:${status}`,
    /** A tenant's `custom_id`s: members `custom_id NUL job id`, to be read in lexical order. */
    customIds: (tenant: string) => `${root}:custom-ids:${part(tenant)}`,
    /** All jobs: id, by when they are deleted. */
    expiry: `${root}:expiry`,
    /** Jobs with a `ttl`: id, by when it is over. */
    ttl: `${root}:ttl`,

    // Outboxes
    /** Jobs whose upload has begun but which are not committed: id, by time of the last sign of life. */
    uploading: `${root}:uploading`,
    /** Committed jobs whose items may not all have a message in the queue yet. */
    unqueued: `${root}:outbox:items`,
    /** What has to be told by webhook and is not in the queue yet: message id → OutboxEntry as JSON. */
    unsent: `${root}:outbox:webhooks`,

    // Fair shares: see fairness/
    backlog: (tenant: string, lane: Lane) => `${root}:fair:backlog:${lane}:${part(tenant)}`,
    /** Tenants with a backlog in this lane, by virtual time. */
    backlogged: (lane: Lane) => `${root}:fair:tenants:${lane}`,
    /** tenant → virtual time up to which it has had its share; `:clock` is the clock. */
    virtualTimes: `${root}:fair:times`,
    /** tenant → weight, where it is not 1. */
    weights: `${root}:fair:weights`,
    /** BullMQ's record of a message of the queue `items`. */
    itemMessage: (messageId: string) => `${root}:items:${messageId}`,
    /** Message id → the item it carries. */
    bindings: `${root}:fair:bindings`,

    // What clients keep with us
    idempotency: (tenant: string, digest: string) => `${root}:idempotency:${part(tenant)}:${digest}`,
    upload: (uploadId: string) => `${root}:upload:${uploadId}`,
    /** Jobs that use an upload. */
    uploadJobs: (uploadId: string) => `${root}:upload:${uploadId}:jobs`,
    /** Uploads that no job uses: id, by when they are deleted. */
    uploadExpiry: `${root}:uploads`,
    apiKey: (keyId: string) => `${root}:key:${keyId}`,
    /** SHA-256 of an API key, hex → its id. */
    apiKeyDigests: `${root}:keys:digests`,
    /** Ids of all API keys, by time of creation. */
    apiKeys: `${root}:keys`,
    rate: (kind: string, tenant: string) => `${root}:rate:${kind}:${part(tenant)}`,
    /** Notifications of a bucket that were seen: the highest sequencer of an object. */
    ingested: (bucket: string, key: string) => `${root}:ingested:${part(bucket)}:${part(key)}`,
    /** What a façade remembers of a tenant. */
    facade: (name: string, tenant: string, id: string) => `${root}:facade:${name}:${part(tenant)}:${part(id)}`,
    signingSecret: `${root}:signing-secret`,

    // Webhooks
    endpoint: (endpointId: string) => `${root}:endpoint:${endpointId}`,
    endpointsOf: (tenant: string) => `${root}:endpoints:${part(tenant)}`,
    delivery: (deliveryId: string) => `${root}:delivery:${deliveryId}`,
    /** A tenant's deliveries: id, by time of creation (Unix ms). */
    deliveriesOf: (tenant: string) => `${root}:deliveries:${part(tenant)}`,
    /** All deliveries: id, by when they are forgotten. */
    deliveryExpiry: `${root}:deliveries`,
    /** Deliveries that are under way: id, by when to look after them (Unix ms). */
    deliveriesPending: `${root}:deliveries:pending`,
    /** A tenant's host: `tenant scheme://name:port`. */
    circuit: (host: string) => `${root}:circuit:${part(host)}`,

    // Workers
    worker: (workerId: string) => `${root}:worker:${workerId}`,
    /** The models that it knows. */
    workerModels: (workerId: string) => `${root}:worker:${workerId}:models`,
    workers: `${root}:workers`,
    /** Written and deleted in one step by checkRedis. */
    trial: `${root}:trial`,
    lock: (name: string) => `${root}:lock:${name}`,
    /** Where the sweeper stands, so that a new one goes on there. */
    sweepState: `${root}:sweep`,
  };
}

export type RedisKeys = ReturnType<typeof redisKeys>;
