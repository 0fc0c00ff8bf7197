import { Queue } from 'bullmq';
import { type ItemMessage, QUEUES, type WebhookMessage } from './catalog';
import type { Redis } from './connection';
import type { Backlog } from './fairness/backlog';
import type { RedisKeys } from './keys';

/** Chunks keep single commands short, so that Redis stays responsive while 10,000 items are queued. */
const CHUNK = 1000;

export interface QueueDepth {
  /** Items that wait for their turn, by lane. */
  interactive: number;
  bulk: number;
  /** Messages that a worker has in hand, and those that wait for another try. */
  active: number;
  delayed: number;
  oldestWaitingMs: number | null;
}

/**
 * The BullMQ queues. A message of `items` is a permit to process one item; which one is decided when it is taken up, so there
 * must be at least as many messages as items in the backlog, and one too many is merely dropped. Ids are deterministic:
 * adding twice is the same as once, so anyone may repeat what a dead process began.
 */
export class Queues {
  readonly items: Queue<ItemMessage>;
  readonly webhooks: Queue<WebhookMessage>;

  constructor(
    connection: Redis,
    keys: RedisKeys,
    readonly backlog: Backlog,
  ) {
    const options = { connection, prefix: keys.bullPrefix };
    this.items = new Queue(QUEUES.items.name, { ...options, defaultJobOptions: jobOptions(QUEUES.items.attempts) });
    this.webhooks = new Queue(QUEUES.webhooks.name, {
      ...options,
      defaultJobOptions: jobOptions(QUEUES.webhooks.attempts),
    });
  }

  /** One message for each of these ids. */
  async addItems(ids: readonly string[]): Promise<void> {
    for (let i = 0; i < ids.length; i += CHUNK) {
      const chunk = ids.slice(i, i + CHUNK);
      await this.items.addBulk(chunk.map((jobId) => ({ name: 'item', data: {}, opts: { jobId } })));
    }
  }

  /** Adds messages where the backlog has more items than there are messages for; gives how many. */
  async topUp(): Promise<number> {
    const [{ interactive, bulk }, messages] = await Promise.all([this.backlog.depth(), this.items.getWaitingCount()]);
    const missing = interactive.items + bulk.items - messages;
    if (missing <= 0) return 0;
    const round = Date.now();
    await this.addItems(
      Array.from({ length: Math.min(missing, 10 * CHUNK) }, (_, index) => `top-up-${round}-${index}`),
    );
    return missing;
  }

  /** The message that has a delivery looked at; one for each series of its attempts. */
  async addDelivery(deliveryId: string, series: number): Promise<void> {
    await this.webhooks.add('delivery', { deliveryId }, { jobId: deliveryMessageId({ id: deliveryId, series }) });
  }

  /** For health and metrics. */
  async depth(): Promise<QueueDepth> {
    const [{ interactive, bulk }, messages] = await Promise.all([
      this.backlog.depth(),
      this.items.getJobCounts('active', 'delayed'),
    ]);
    const oldest = [interactive.oldest, bulk.oldest].filter((at) => at !== null);
    return {
      interactive: interactive.items,
      bulk: bulk.items,
      active: messages.active ?? 0,
      delayed: messages.delayed ?? 0,
      oldestWaitingMs: oldest.length > 0 ? Math.max(0, Date.now() - Math.min(...oldest)) : null,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.items.close(), this.webhooks.close()]);
  }
}

/** The id of the message for one series of a delivery's attempts. */
export function deliveryMessageId({ id, series }: { id: string; series: number }): string {
  return `${id}.${series}`;
}

/** Records live in our own store; a message has nothing to say once it is done. */
function jobOptions(attempts: number) {
  return { attempts, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true };
}
