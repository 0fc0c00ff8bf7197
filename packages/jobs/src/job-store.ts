import {
  AppError,
  type InputFacts,
  type ItemError,
  type Lane,
  type Pipeline,
  type WebhookEvent,
} from '@packshot/contracts';
import type { Redis } from './connection';
import { commitJob } from './create-job';
import type { RedisKeys } from './keys';
import { type ItemRecord, type ItemSource, type JobRecord, parseItem, parseJob } from './records';
import { runScript } from './run-script';
import { EXPIRED } from './transition';
import { CANCEL_SCRIPT, PROGRESS_SCRIPT, RETRY_SCRIPT } from './transition-script';

export interface NewItem {
  id: string;
  customId: string | null;
  input: Partial<InputFacts>;
  /** Its own pipeline, complete; null: the job's. */
  pipeline: Pipeline | null;
  /** What to process, or why it cannot be: such an item is born failed. */
  source: ItemSource | ItemError;
}

export interface NewJob {
  id: string;
  tenant: string;
  pipeline: Pipeline;
  metadata: Record<string, string>;
  facade?: Record<string, string> | null;
  priority: Lane;
  webhookUrl: string | null;
  webhookEvents: WebhookEvent[] | null;
  /** Items' ends are to be put into the outbox, because somebody wants to hear of them. */
  itemEvents: boolean;
  ttlMs: number | null;
  timeoutMs: number | null;
  sandbox: boolean;
  trace: string | null;
  /** W3C `tracestate` that came with the trace. */
  traceState?: string | null;
  requestId: string | null;
  baseUrl: string;
  items: readonly NewItem[];
}

/** Job and item records in Redis. Statuses are changed by `transition` and `retry` alone; this reads, creates and removes. */
export class JobStore {
  constructor(
    readonly redis: Redis,
    readonly keys: RedisKeys,
    readonly retentionMs: number,
    /** How long webhook deliveries that have ended are remembered. */
    readonly webhookLogMs: number,
  ) {}

  /** Notes that files of this job are arriving, so that the sweeper can clear them away should the job never be committed. */
  async markUploading(jobId: string, now = Date.now()): Promise<void> {
    await this.redis.zadd(this.keys.uploading, now, jobId);
  }

  async unmarkUploading(jobId: string): Promise<void> {
    await this.redis.zrem(this.keys.uploading, jobId);
  }

  /**
   * Commits a job: after this one transaction it is accepted, whole, waiting for its turn, and in the outbox to be queued;
   * before it there is nothing. At least one item must be processable. `also`: commands for the same transaction, given the
   * job as it will be.
   */
  async create(job: NewJob, options: Parameters<typeof commitJob>[2] = {}): Promise<JobRecord> {
    return commitJob(this, job, options);
  }

  async get(jobId: string): Promise<JobRecord | null> {
    return parseJob(await this.redis.hgetall(this.keys.job(jobId)));
  }

  /** Throws `not_found`, also for the job of another tenant; `tenant: null` sees everybody's. */
  async require(jobId: string, tenant: string | null): Promise<JobRecord> {
    const job = await this.get(jobId);
    if (!job || (tenant !== null && job.tenant !== tenant))
      throw new AppError('not_found', `There is no job ${jobId}.`);
    return job;
  }

  async getItem(itemId: string): Promise<ItemRecord | null> {
    return parseItem(await this.redis.hgetall(this.keys.item(itemId)));
  }

  /** The item, if it is one of this job and the job is the tenant's; throws `not_found`. */
  async requireItem(jobId: string, itemId: string, tenant: string | null): Promise<ItemRecord> {
    const [job, item] = await Promise.all([this.require(jobId, tenant), this.getItem(itemId)]);
    if (item?.jobId !== job.id) throw new AppError('not_found', `There is no item ${itemId} in job ${jobId}.`);
    return item;
  }

  async itemIds(jobId: string, from: number, count: number): Promise<string[]> {
    return this.redis.lrange(this.keys.jobItems(jobId), from, from + count - 1);
  }

  /** `count` items in the order of the request, from position `from` on. */
  async listItems(jobId: string, from: number, count: number): Promise<ItemRecord[]> {
    return this.getItems(await this.itemIds(jobId, from, count));
  }

  async getItems(ids: readonly string[]): Promise<ItemRecord[]> {
    return readHashes(
      this.redis,
      ids.map((id) => this.keys.item(id)),
      parseItem,
    );
  }

  async getJobs(ids: readonly string[]): Promise<JobRecord[]> {
    return readHashes(
      this.redis,
      ids.map((id) => this.keys.job(id)),
      parseJob,
    );
  }

  /**
   * Notes how far an attempt is (0..1, never backwards). False when it should stop: the job was canceled, or the item is no
   * longer this attempt's.
   */
  async progress(item: ItemRecord, progress: number, stage: ItemRecord['stage']): Promise<boolean> {
    const keys = [this.keys.item(item.id), this.keys.job(item.jobId), this.keys.changes];
    return (
      (await runScript(this.redis, PROGRESS_SCRIPT, keys, [item.attempts, progress.toFixed(4), stage ?? ''])) === 1
    );
  }

  /** From here on no item of the job starts; throws `conflict` when the job has ended. */
  async requestCancel(job: JobRecord): Promise<void> {
    if ((await runScript(this.redis, CANCEL_SCRIPT, [this.keys.job(job.id)], [])) === 1) return;
    throw new AppError('conflict', 'The job has ended and cannot be canceled.');
  }

  /** Opens the next run: what did not succeed is queued again. Throws `conflict` when there is nothing to retry. */
  async retry(jobId: string): Promise<number> {
    const count = Number(
      await runScript(this.redis, RETRY_SCRIPT, [this.keys.job(jobId)], [...this.scriptArguments(), jobId]),
    );
    if (count === -2) throw new AppError('not_found', `There is no job ${jobId}.`);
    if (count === -1)
      throw new AppError('conflict', 'Only a job that has ended, and not wholly succeeded, can be retried.');
    if (count === 0) throw new AppError('conflict', 'None of the failed items has an image that could be tried again.');
    return count;
  }

  /** What every script of transition-script.ts is given first. */
  scriptArguments(now = Date.now()): (string | number)[] {
    const expiresAt = new Date(now + this.retentionMs).toISOString();
    const error = JSON.stringify(EXPIRED);
    return [this.keys.bullPrefix, new Date(now).toISOString(), now, this.retentionMs, expiresAt, error];
  }

  /** Ended jobs that have had their time. */
  async expired(now = Date.now(), { offset = 0, count = 100 } = {}): Promise<string[]> {
    return this.redis.zrangebyscore(this.keys.expiry, 0, now, 'LIMIT', offset, count);
  }

  /** Jobs whose upload showed no sign of life since `before` (Unix milliseconds). */
  async abandonedUploads(before: number, { offset = 0, count = 100 } = {}): Promise<string[]> {
    return this.redis.zrangebyscore(this.keys.uploading, 0, before, 'LIMIT', offset, count);
  }
}

async function readHashes<T>(
  redis: Redis,
  keys: readonly string[],
  parse: (hash: Record<string, string>) => T | null,
): Promise<T[]> {
  if (keys.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.hgetall(key);
  const replies = (await pipeline.exec()) ?? [];
  return replies.flatMap(([error, hash]) => {
    if (error) throw error;
    return parse(hash as Record<string, string>) ?? [];
  });
}
