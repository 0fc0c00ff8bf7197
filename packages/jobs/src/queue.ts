import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type ItemMessage, QUEUES, type WebhookMessage } from './catalog';
import type { RedisKeys } from './keys';

/** Chunks keep single commands short, so that Redis stays responsive while 10,000 items are queued. */
const CHUNK = 1000;

/**
 * The BullMQ queues, with deterministic message ids: adding the same item or webhook twice is the same as once, so anyone
 * may repeat what a dead process began.
 */
export class Queues {
  readonly items: Queue<ItemMessage>;
  readonly webhooks: Queue<WebhookMessage>;

  constructor(connection: Redis, keys: RedisKeys) {
    const options = { connection, prefix: keys.bullPrefix };
    this.items = new Queue(QUEUES.items.name, { ...options, defaultJobOptions: jobOptions(QUEUES.items.attempts) });
    this.webhooks = new Queue(QUEUES.webhooks.name, {
      ...options,
      defaultJobOptions: jobOptions(QUEUES.webhooks.attempts),
    });
  }

  async addItems(jobId: string, run: number, itemIds: readonly string[]): Promise<void> {
    for (let i = 0; i < itemIds.length; i += CHUNK) {
      const chunk = itemIds.slice(i, i + CHUNK);
      await this.items.addBulk(
        chunk.map((itemId) => ({ name: 'item', data: { jobId, itemId }, opts: { jobId: `${itemId}.${run}` } })),
      );
    }
  }

  async addWebhook(message: WebhookMessage): Promise<void> {
    await this.webhooks.add('webhook', message, { jobId: message.messageId });
  }

  /** Messages by state, for health and metrics. */
  async depth(): Promise<{ waiting: number; active: number; delayed: number; oldestWaitingMs: number | null }> {
    const counts = await this.items.getJobCounts('waiting', 'prioritized', 'active', 'delayed');
    const [oldest] = await this.items.getJobs(['waiting'], 0, 0, true);
    return {
      waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      oldestWaitingMs: oldest ? Date.now() - oldest.timestamp : null,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.items.close(), this.webhooks.close()]);
  }
}

/** Records live in our own store; a message has nothing to say once it is done. */
function jobOptions(attempts: number) {
  return { attempts, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true };
}
