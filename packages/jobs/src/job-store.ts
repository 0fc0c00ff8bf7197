import { AppError, type InputFacts, type ItemError, type Pipeline } from '@packshot/contracts';
import type { Redis } from 'ioredis';
import type { RedisKeys } from './keys';
import {
  EMPTY_INPUT,
  type ItemRecord,
  type ItemSource,
  itemFields,
  type JobRecord,
  parseItem,
  parseJob,
} from './records';
import { PROGRESS_SCRIPT } from './transition-script';

export interface NewItem {
  id: string;
  customId: string | null;
  input: Partial<InputFacts>;
  /** What to process, or why it cannot be: such an item is born failed. */
  source: ItemSource | ItemError;
}

export interface NewJob {
  id: string;
  pipeline: Pipeline;
  metadata: Record<string, string>;
  webhookUrl: string | null;
  baseUrl: string;
  items: readonly NewItem[];
}

/** Job and item records in Redis. Statuses are changed by `transition` alone; this reads, creates and removes. */
export class JobStore {
  constructor(
    readonly redis: Redis,
    readonly keys: RedisKeys,
    private readonly retentionMs: number,
  ) {}

  /** Notes that files of this job are arriving, so that the sweeper can clear them away should the job never be committed. */
  async markUploading(jobId: string, now = Date.now()): Promise<void> {
    await this.redis.zadd(this.keys.uploading, now, jobId);
  }

  async unmarkUploading(jobId: string): Promise<void> {
    await this.redis.zrem(this.keys.uploading, jobId);
  }

  /**
   * Commits a job: after this one transaction it is accepted, whole, and in the outbox to be queued; before it there is
   * nothing. At least one item must be processable.
   */
  async create(job: NewJob, now = Date.now()): Promise<JobRecord> {
    const failed = job.items.filter((item) => 'code' in item.source).length;
    if (failed === job.items.length) throw new AppError('all_items_invalid');
    const createdAt = new Date(now).toISOString();
    const expiresMs = now + this.retentionMs;
    const tx = this.redis.multi();
    tx.hset(this.keys.job(job.id), {
      id: job.id,
      run: '1',
      pipeline: JSON.stringify(job.pipeline),
      metadata: JSON.stringify(job.metadata),
      ...(job.webhookUrl && { webhookUrl: job.webhookUrl }),
      baseUrl: job.baseUrl,
      total: String(job.items.length),
      queued: String(job.items.length - failed),
      processing: '0',
      succeeded: '0',
      failed: String(failed),
      canceled: '0',
      progressSum: '0',
      createdAt,
      expiresAt: new Date(expiresMs).toISOString(),
    });
    job.items.forEach((item, index) => {
      tx.hset(this.keys.item(item.id), this.newItemFields(job.id, item, index, now));
      tx.rpush(this.keys.jobItems(job.id), item.id);
    });
    tx.zadd(this.keys.expiry, expiresMs, job.id);
    tx.sadd(this.keys.unqueued, job.id);
    tx.zrem(this.keys.uploading, job.id);
    const replies = await tx.exec();
    const fault = replies?.find(([error]) => error)?.[0];
    if (!replies || fault) throw new AppError('backend_unavailable', undefined, { cause: fault });
    return this.require(job.id);
  }

  private newItemFields(jobId: string, item: NewItem, index: number, now: number): Record<string, string> {
    const refused = 'code' in item.source;
    return itemFields({
      id: item.id,
      jobId,
      index,
      customId: item.customId,
      status: refused ? 'failed' : 'queued',
      attempts: 0,
      crashes: 0,
      progress: refused ? 1 : 0,
      input: { ...EMPTY_INPUT, ...item.input },
      queuedAt: now,
      ...('code' in item.source ? { error: item.source } : { source: item.source }),
    });
  }

  async get(jobId: string): Promise<JobRecord | null> {
    return parseJob(await this.redis.hgetall(this.keys.job(jobId)));
  }

  /** Throws `not_found`. */
  async require(jobId: string): Promise<JobRecord> {
    const job = await this.get(jobId);
    if (!job) throw new AppError('not_found', `There is no job ${jobId}.`);
    return job;
  }

  async getItem(itemId: string): Promise<ItemRecord | null> {
    return parseItem(await this.redis.hgetall(this.keys.item(itemId)));
  }

  /** The item, if it is one of this job; throws `not_found`. */
  async requireItem(jobId: string, itemId: string): Promise<ItemRecord> {
    const item = await this.getItem(itemId);
    if (item?.jobId !== jobId) throw new AppError('not_found', `There is no item ${itemId} in job ${jobId}.`);
    return item;
  }

  async itemIds(jobId: string, from: number, count: number): Promise<string[]> {
    return this.redis.lrange(this.keys.jobItems(jobId), from, from + count - 1);
  }

  /** `count` items in the order of the request, from position `from` on. */
  async listItems(jobId: string, from: number, count: number): Promise<ItemRecord[]> {
    const ids = await this.itemIds(jobId, from, count);
    if (ids.length === 0) return [];
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hgetall(this.keys.item(id));
    const replies = (await pipeline.exec()) ?? [];
    return replies.flatMap(([error, hash]) => {
      if (error) throw new AppError('backend_unavailable', undefined, { cause: error });
      const item = parseItem(hash as Record<string, string>);
      return item ? [item] : [];
    });
  }

  /**
   * Notes how far an attempt is (0..1, never backwards). False when it should stop: the job was canceled, or the item is no
   * longer this attempt's.
   */
  async progress(item: ItemRecord, progress: number, stage: ItemRecord['stage']): Promise<boolean> {
    const keys = [this.keys.item(item.id), this.keys.job(item.jobId)];
    const reply = await this.redis.eval(PROGRESS_SCRIPT, 2, ...keys, item.attempts, progress.toFixed(4), stage ?? '');
    return reply === 1;
  }

  /** From here on no item of the job starts; throws `conflict` when the job has ended. */
  async requestCancel(jobId: string): Promise<void> {
    const job = await this.require(jobId);
    if (job.counts.queued + job.counts.processing === 0) {
      throw new AppError('conflict', 'The job has ended and cannot be canceled.');
    }
    await this.redis.hset(this.keys.job(jobId), { cancelRequested: '1' });
  }

  /** Forgets a job. Its objects go first: a record without objects can be swept again, objects without a record cannot. */
  async remove(jobId: string): Promise<void> {
    for (;;) {
      const ids = await this.itemIds(jobId, 0, 1000);
      if (ids.length === 0) break;
      await this.redis.unlink(...ids.map((id) => this.keys.item(id)));
      await this.redis.ltrim(this.keys.jobItems(jobId), ids.length, -1);
    }
    await this.redis.unlink(this.keys.job(jobId), this.keys.jobItems(jobId));
    await this.redis.multi().zrem(this.keys.expiry, jobId).srem(this.keys.unqueued, jobId).exec();
  }

  async expired(now = Date.now(), count = 100): Promise<string[]> {
    return this.redis.zrangebyscore(this.keys.expiry, 0, now, 'LIMIT', 0, count);
  }

  /** Jobs whose upload showed no sign of life since `before` (Unix milliseconds). */
  async abandonedUploads(before: number, count = 100): Promise<string[]> {
    return this.redis.zrangebyscore(this.keys.uploading, 0, before, 'LIMIT', 0, count);
  }
}
