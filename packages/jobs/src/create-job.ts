import { AppError, jobStatus } from '@packshot/contracts';
import type { ChainableCommander } from 'ioredis';
import { ENQUEUE_SCRIPT } from './fairness/script';
import type { JobStore, NewItem, NewJob } from './job-store';
import { EMPTY_INPUT, hashFields, type JobRecord } from './records';
import { holdUploads } from './uploads';

/** Lists are written in pieces: a command with 10,000 arguments would hold everybody else up. */
const CHUNK = 1000;

/** Of whole items, which have some thirty words each. */
const ITEMS_CHUNK = 200;

/**
 * A connection that breaks before the answer comes sends its transaction again, although Redis may have carried it out. What
 * must not happen twice therefore asks whether the job is there already, and its record is the last to be written: the second
 * time nothing is changed, and the commit succeeds all the same.
 */
const UNLESS_MADE = `if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end`;

/** KEYS the job's record; ARGV for each command how many words it has, and the words. */
const UNLESS_MADE_SCRIPT = `
${UNLESS_MADE}
local at = 1
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return 1
`;
const ENQUEUE_UNLESS_MADE_SCRIPT = `${UNLESS_MADE}\n${ENQUEUE_SCRIPT}`;

export interface CommitOptions {
  now?: number;
  /** More commands for the same transaction, given the job as it will be. */
  also?: (transaction: ChainableCommander, job: JobRecord) => void;
}

/** See `JobStore.create`. */
export async function commitJob(store: JobStore, job: NewJob, options: CommitOptions): Promise<JobRecord> {
  const { now = Date.now(), also } = options;
  const { keys, redis } = store;
  const record = newRecord(job, now, store.retentionMs);
  if (record.counts.queued === 0) throw new AppError('all_items_invalid');
  const tenantKey = encodeURIComponent(job.tenant);
  const jobKey = keys.job(job.id);
  const tx = redis.multi();
  const unlessMade = (commands: readonly (readonly string[])[]) =>
    tx.eval(UNLESS_MADE_SCRIPT, 1, jobKey, ...commands.flatMap((words) => [String(words.length), ...words]));

  const items = job.items.map((item, index) => ({ id: item.id, fields: itemFields(job.id, item, index, now) }));
  for (const some of chunks(items, ITEMS_CHUNK)) {
    unlessMade([
      ...some.map(({ id, fields }) => ['HSET', keys.item(id), ...Object.entries(fields).flat()]),
      ['RPUSH', keys.jobItems(job.id), ...some.map(({ id }) => id)],
    ]);
  }
  const waiting = job.items.filter(({ source }) => !('code' in source)).map(({ id }) => id);
  for (const ids of chunks(waiting)) {
    tx.eval(ENQUEUE_UNLESS_MADE_SCRIPT, 1, jobKey, keys.bullPrefix, tenantKey, job.priority, ...ids);
  }
  const customIds = [...new Set(job.items.flatMap(({ customId }) => customId ?? []))];
  for (const ids of chunks(customIds)) {
    tx.zadd(keys.customIds(job.tenant), ...ids.flatMap((id) => ['0', customIdMember(id, job.id)]));
  }
  holdUploads(tx, keys, job.id, job.items, job.pipeline);
  const fields = {
    ...jobFields(record),
    tenantKey,
    createdMs: String(now),
    itemEvents: job.itemEvents ? '1' : '0',
    ...(job.ttlMs !== null && { ttlAt: String(now + job.ttlMs) }),
  };
  // The job itself last: from then on it is made.
  unlessMade([
    ['ZADD', keys.jobsOf(job.tenant), String(now), job.id],
    ['ZADD', keys.jobsWithStatus(job.tenant, record.status), String(now), job.id],
    ...(job.ttlMs === null ? [] : [['ZADD', keys.ttl, String(now + job.ttlMs), job.id]]),
    ['SADD', keys.unqueued, job.id],
    ['ZREM', keys.uploading, job.id],
    ['XADD', keys.jobEvents(job.id), '*', 'at', record.createdAt, 'type', 'job.queued', 'run', '1'],
    ['HSET', jobKey, ...Object.entries(fields).flat()],
  ]);
  also?.(tx, record);
  const replies = await tx.exec();
  const fault = replies?.find(([error]) => error)?.[0];
  if (!replies || fault) throw new AppError('backend_unavailable', undefined, { cause: fault });
  return record;
}

/** How a custom id stands in its index, so that all jobs of one are neighbours. */
export function customIdMember(customId: string, jobId: string): string {
  return `${customId}\0${jobId}`;
}

function newRecord(job: NewJob, now: number, retentionMs: number): JobRecord {
  const failed = job.items.filter(({ source }) => 'code' in source).length;
  const total = job.items.length;
  const counts = { total, queued: total - failed, processing: 0, succeeded: 0, failed, canceled: 0 };
  const { items: _, itemEvents: __, ...rest } = job;
  return {
    ...rest,
    status: jobStatus(counts, { started: false, canceled: false, expired: 0 }),
    run: 1,
    counts,
    expired: 0,
    progressSum: 0,
    canceled: false,
    traceState: job.traceState ?? null,
    createdAt: new Date(now).toISOString(),
    startedAt: null,
    completedAt: null,
    expiresAt: new Date(now + retentionMs).toISOString(),
  };
}

function jobFields({ counts, tenant: _, canceled: __, ...record }: JobRecord): Record<string, string> {
  return hashFields({ ...record, ...counts });
}

function itemFields(jobId: string, item: NewItem, index: number, now: number): Record<string, string> {
  const refused = 'code' in item.source;
  const { width, height } = item.input;
  return hashFields({
    id: item.id,
    jobId,
    index,
    customId: item.customId,
    status: refused ? 'failed' : 'queued',
    attempts: 0,
    crashes: 0,
    progress: refused ? 1 : 0,
    pipeline: item.pipeline,
    input: { ...EMPTY_INPUT, ...item.input },
    megapixels: width && height ? (width * height) / 1e6 : null,
    queuedAt: now,
    ...('code' in item.source ? { error: item.source } : { source: item.source }),
  });
}

function* chunks<T>(values: readonly T[], size = CHUNK): Generator<T[]> {
  for (let from = 0; from < values.length; from += size) yield values.slice(from, from + size);
}
