import { customIdMember } from './create-job';
import type { JobStore } from './job-store';
import { parseJob } from './records';
import { runScript } from './run-script';
import { releaseUploads } from './uploads';

/** Deletes what a job has in the object store. */
export interface JobObjects {
  /** Everything that was stored for the job itself. */
  deleteJob(jobId: string): Promise<void>;
  /** Uploads that its items referred to and no other job's do. */
  delete(keys: readonly string[]): Promise<void>;
}

/**
 * From here on nobody sees the job and nobody can retry it, and the sweeper finds it again, should this process die. In one
 * step with the look at its state: a job that a client retried a moment ago must not lose its items.
 * KEYS job, expiry, channel. ARGV root, job id, time by which it must be due ('' = any). Returns 0 when it must stay.
 */
const BEGIN_SCRIPT = `
local facts = redis.call('HMGET', KEYS[1], 'id', 'queued', 'processing', 'removing', 'tenantKey', 'status')
if not facts[1] or facts[4] == '1' then return 1 end
if facts[2] ~= '0' or facts[3] ~= '0' then return 0 end
local due = redis.call('ZSCORE', KEYS[2], ARGV[2])
if ARGV[3] ~= '' and (not due or tonumber(due) > tonumber(ARGV[3])) then return 0 end
redis.call('HSET', KEYS[1], 'removing', '1')
redis.call('ZADD', KEYS[2], 0, ARGV[2])
local index = ARGV[1] .. ':jobs:' .. facts[5]
redis.call('ZREM', index, ARGV[2])
redis.call('ZREM', index .. ':' .. facts[6], ARGV[2])
redis.call('PUBLISH', KEYS[3], ARGV[2])
return 1
`;

/**
 * Forgets a job that has ended: from the first step on nobody sees it; then its objects go, then its records. It may be cut
 * off anywhere and called again: a record without objects can be removed later, objects without a record would never be found.
 *
 * False, and nothing is done, when the job is open (again), or is not to go by `dueAt` (Unix ms).
 */
export async function removeJob(
  store: JobStore,
  jobId: string,
  objects: JobObjects,
  { dueAt }: { dueAt?: number } = {},
): Promise<boolean> {
  const { redis, keys } = store;
  const places = [keys.job(jobId), keys.expiry, keys.changes];
  if ((await runScript(redis, BEGIN_SCRIPT, places, [keys.bullPrefix, jobId, dueAt ?? ''])) === 0) return false;
  const job = parseJob({ ...(await redis.hgetall(keys.job(jobId))), removing: '' });
  await objects.deleteJob(jobId);
  if (job) await freeUploads([{ source: null, pipeline: job.pipeline }]);
  for (;;) {
    const ids = await store.itemIds(jobId, 0, 1000);
    if (ids.length === 0) break;
    const items = await store.getItems(ids);
    await freeUploads(items);
    const customIds = items.flatMap(({ customId }) => (customId === null ? [] : [customIdMember(customId, jobId)]));
    if (job && customIds.length > 0) await redis.zrem(keys.customIds(job.tenant), ...customIds);
    await redis.unlink(...ids.map((id) => keys.item(id)));
    await redis.ltrim(keys.jobItems(jobId), ids.length, -1);
  }
  await redis.unlink(keys.job(jobId), keys.jobItems(jobId), keys.jobEvents(jobId));
  await redis.multi().zrem(keys.expiry, jobId).zrem(keys.ttl, jobId).srem(keys.unqueued, jobId).exec();
  return true;

  async function freeUploads(items: Parameters<typeof releaseUploads>[2]): Promise<void> {
    const uploads = await releaseUploads(store, jobId, items);
    if (uploads.length > 0) await objects.delete(uploads);
  }
}
