import { backgroundImage, type ItemError, type Pipeline, type UploadMethod } from '@packshot/contracts';
import type { ChainableCommander } from 'ioredis';
import type { JobStore } from './job-store';
import type { RedisKeys } from './keys';
import type { ItemSource } from './records';
import { runScript } from './run-script';

/** An image that a client sends, or has sent, before it makes a job of it. */
export interface UploadRecord {
  id: string;
  tenant: string;
  /** In the object store. */
  key: string;
  method: UploadMethod;
  contentType: string;
  bytes: number;
  name: string | null;
  /** Size of every part but the last; null: it comes in one piece. */
  partBytes: number | null;
  /** What the store calls an upload in parts. */
  multipartId: string | null;
  createdAt: string;
  expiresAt: string;
}

/** A request that began just before the end may still be sending; its bytes must not come after the cleaning. */
const GRACE_MS = 3_600_000;
const CHUNK = 1000;

/** Keys of uploads begin with `uploads/{id}/`. */
const idOf = (key: string) => key.split('/')[1] ?? '';

/** Record and multipart id of each upload that there is and that is not being removed. ARGV: root of all keys, upload ids. */
const FIND_SCRIPT = `
local found = {}
for i = 2, #ARGV do
  local upload = redis.call('HMGET', ARGV[1] .. ':upload:' .. ARGV[i], 'record', 'multipartId', 'removing')
  if upload[1] and not upload[3] then found[#found + 1] = { upload[1], upload[2] or nil } end
end
return found`;

/**
 * A job holds its uploads: while one does, they do not run out. ARGV: root of all keys, job id, upload ids. One that is
 * gone, or being removed, is left alone: the item that refers to it fails in the worker.
 */
const HOLD_SCRIPT = `
for i = 3, #ARGV do
  local key = ARGV[1] .. ':upload:' .. ARGV[i]
  if redis.call('HEXISTS', key, 'record') == 1 and redis.call('HEXISTS', key, 'removing') == 0 then
    redis.call('SADD', key .. ':jobs', ARGV[2])
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end`;

/** Ends that, and gives the ids that no job holds any more; they then run out at their time, or now if that is over. */
const RELEASE_SCRIPT = `
local free = {}
for i = 3, #ARGV do
  local key = ARGV[1] .. ':upload:' .. ARGV[i]
  redis.call('SREM', key .. ':jobs', ARGV[2])
  if redis.call('SCARD', key .. ':jobs') == 0 then
    free[#free + 1] = ARGV[i]
    local at = redis.call('HGET', key, 'removeAt')
    if at then redis.call('ZADD', KEYS[1], at, ARGV[i]) end
  end
end
return free`;

/** Decides that an upload goes; 0 when a job holds it by now. ARGV: id, now. */
const CLAIM_SCRIPT = `
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due or tonumber(due) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], 'removing', '1')
return 1`;

export async function createUploads({ redis, keys }: JobStore, uploads: readonly UploadRecord[]): Promise<void> {
  const tx = redis.multi();
  for (const upload of uploads) {
    const removeAt = Date.parse(upload.expiresAt) + GRACE_MS;
    tx.hset(keys.upload(upload.id), { record: JSON.stringify(upload), removeAt: String(removeAt) });
    tx.zadd(keys.uploadExpiry, removeAt, upload.id);
  }
  await tx.exec();
}

/** Notes what the store calls an upload in parts. */
export async function noteMultipart({ redis, keys }: JobStore, uploadId: string, multipartId: string): Promise<void> {
  await redis.hset(keys.upload(uploadId), { multipartId });
}

/**
 * The tenant's uploads among these, by id; `tenant: null` finds everybody's. A thousand of them cost one command, since ten
 * thousand commands would keep this process busy for most of a second.
 */
export async function findUploads(
  { redis, keys }: JobStore,
  uploadIds: readonly string[],
  tenant: string | null,
): Promise<Map<string, UploadRecord>> {
  const replies = await Promise.all(
    [...chunks(uploadIds)].map((ids) => runScript(redis, FIND_SCRIPT, [keys.uploadExpiry], [keys.bullPrefix, ...ids])),
  );
  const found = new Map<string, UploadRecord>();
  for (const [record = '', multipartId] of replies.flat() as string[][]) {
    const upload: UploadRecord = { ...(JSON.parse(record) as UploadRecord), multipartId: multipartId ?? null };
    if (tenant === null || upload.tenant === tenant) found.set(upload.id, upload);
  }
  return found;
}

/** Adds to the transaction that makes a job what keeps the job's uploads alive. */
export function holdUploads(
  transaction: ChainableCommander,
  keys: RedisKeys,
  jobId: string,
  items: readonly { source: ItemSource | ItemError; pipeline: Pipeline | null }[],
  pipeline: Pipeline,
): void {
  const images = items.flatMap(({ source }) =>
    'kind' in source && source.kind === 'upload' ? [idOf(source.key)] : [],
  );
  const ids = [...images, ...backgroundUploads([pipeline, ...items.map((item) => item.pipeline)])];
  for (const some of chunks([...new Set(ids)])) {
    transaction.eval(HOLD_SCRIPT, 1, keys.uploadExpiry, keys.bullPrefix, jobId, ...some);
  }
}

/** Those that pipelines compose before. */
function backgroundUploads(pipelines: readonly (Pipeline | null)[]): string[] {
  return pipelines.flatMap((pipeline) => (pipeline && backgroundImage(pipeline)?.upload) ?? []);
}

/** Ends a job's hold on its uploads; gives the keys of the objects that no other job holds. May be repeated. */
export async function releaseUploads(
  store: JobStore,
  jobId: string,
  items: readonly { source: ItemSource | null; pipeline: Pipeline | null }[],
): Promise<string[]> {
  const { redis, keys } = store;
  const backgrounds = await findUploads(store, backgroundUploads(items.map(({ pipeline }) => pipeline)), null);
  const keyOf = new Map([
    ...items.flatMap(({ source }) => (source?.kind === 'upload' ? [[idOf(source.key), source.key] as const] : [])),
    ...[...backgrounds.values()].map(({ id, key }) => [id, key] as const),
  ]);
  if (keyOf.size === 0) return [];
  const free = await runScript(redis, RELEASE_SCRIPT, [keys.uploadExpiry], [keys.bullPrefix, jobId, ...keyOf.keys()]);
  return (free as string[]).flatMap((id) => keyOf.get(id) ?? []);
}

/** Uploads whose time is over and which no job holds, from the `offset`th on. */
export async function overdueUploads(
  { redis, keys }: JobStore,
  now: number,
  { offset = 0, count }: { offset?: number; count: number },
): Promise<string[]> {
  return redis.zrangebyscore(keys.uploadExpiry, 0, now, 'LIMIT', offset, count);
}

/**
 * Removes an upload: from the first step on no job can use it; then `removeObjects`, then the record. It may be cut off
 * anywhere and called again. False when a job holds the upload by now.
 */
export async function removeUpload(
  { redis, keys }: JobStore,
  uploadId: string,
  now: number,
  removeObjects: () => Promise<void>,
): Promise<boolean> {
  const claimed = await runScript(redis, CLAIM_SCRIPT, [keys.uploadExpiry, keys.upload(uploadId)], [uploadId, now]);
  if (claimed !== 1) return false;
  await removeObjects();
  await redis.multi().unlink(keys.upload(uploadId), keys.uploadJobs(uploadId)).zrem(keys.uploadExpiry, uploadId).exec();
  return true;
}

function* chunks<T>(values: readonly T[]): Generator<T[]> {
  for (let from = 0; from < values.length; from += CHUNK) yield values.slice(from, from + CHUNK);
}
