import { type ItemMessage, type ItemRecord, itemBackoffMs, QUEUES, type Redis } from '@packshot/jobs';
import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import type { ItemContext } from './item-context';
import { processItem } from './process-item';
import type { Verdict } from './settle-failure';
import { Stop } from './stop';

export interface ConsumeOptions {
  connection: Redis;
  prefix: string;
  concurrency: number;
  lockMs: number;
  stalledIntervalMs: number;
}

export interface ItemConsumer {
  readonly busy: number;
  /** Takes no more; lets what runs end within `drainMs`, then stops it and gives it back. */
  close(drainMs: number): Promise<void>;
}

/** A neighbour of a hanging item waits this long before it is tried again, so that the engine is back. */
const RERUN_DELAY_MS = 200;

/**
 * Messages may stall without limit as far as the queue is concerned: a message stalls when its worker dies, and then the
 * item goes to another worker. How many workers one item may cost is decided where the record can be failed with a code
 * (`worker_lost` in process-item.ts); a limit here would drop the message and leave the item open for ever.
 */
const MOST_STALLS = 1_000_000;

/** Pause before a command to the queue is repeated after the connection was lost. */
const RECONNECT_DELAY_MS = 1000;

/**
 * Takes messages from the queue, asks for the item each is to carry, and keeps their locks while the items are processed. A
 * message keeps its item until it has ended, so that the next delivery after a fault goes on with the same one.
 */
export function consumeItems(context: ItemContext, options: ConsumeOptions): ItemConsumer {
  const { logger, backlog, store } = context;
  const running = new Map<string, AbortController>();

  async function handle(job: Job<ItemMessage>, token: string): Promise<void> {
    const { alone } = QUEUES.items.payload.parse(job.data);
    const messageId = job.id ?? token;
    const item = await claim(messageId);
    if (!item) return;
    const controller = new AbortController();
    running.set(messageId, controller);
    try {
      const verdict = await processItem(context, {
        jobId: item.jobId,
        itemId: item.id,
        alone,
        failures: job.attemptsMade,
        losses: job.stalledCounter,
        signal: controller.signal,
      });
      if (verdict.kind === 'finished') backlog.release(messageId);
      await obey(verdict, job, token);
    } finally {
      running.delete(messageId);
    }
  }

  /** Null when nothing waits: there are a few more messages than items. */
  async function claim(messageId: string): Promise<ItemRecord | null> {
    for (;;) {
      const id = await backlog.claim(messageId);
      const item = id === null ? null : await store.getItem(id);
      if (id === null || item) return item;
      // Its job was deleted.
      backlog.release(messageId);
    }
  }

  const worker = new Worker<ItemMessage>(QUEUES.items.name, (job, token = '') => handle(job, token), {
    connection: options.connection,
    prefix: options.prefix,
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: options.stalledIntervalMs,
    maxStalledCount: MOST_STALLS,
    runRetryDelay: RECONNECT_DELAY_MS,
    settings: { backoffStrategy: (attemptsMade) => itemBackoffMs(attemptsMade) },
  });
  worker.on('error', (error) => logger.warn('item queue', { error }));
  worker.on('stalled', (messageId) =>
    logger.warn('an item lost its worker and is queued again', { message: messageId }),
  );
  worker.on('lockRenewalFailed', (messageIds) => {
    for (const messageId of messageIds) running.get(messageId)?.abort(new Stop('lock_lost'));
  });
  worker.on('failed', (job, error) => {
    if (!job || job.attemptsMade < (job.opts.attempts ?? 1)) return;
    // Its item goes back to its backlog with the next tending.
    logger.error('message dropped after too many faults', { message: job.id, error });
  });

  return {
    get busy() {
      return running.size;
    },
    async close(drainMs) {
      const closed = worker.close();
      if (!(await endsWithin(closed, drainMs))) {
        logger.info('giving back what still runs', { items: running.size });
        for (const controller of running.values()) controller.abort(new Stop('draining'));
        await context.engines.close();
      }
      await closed;
    },
  };
}

/** Tells the queue what a verdict means. A thrown error counts as a failed attempt; the other two kinds do not. */
async function obey(verdict: Verdict, job: Job<ItemMessage>, token: string): Promise<void> {
  if (verdict.kind === 'retry') throw verdict.error;
  if (verdict.kind === 'rerun') {
    await job.updateData({ ...job.data, alone: true });
    await job.moveToDelayed(Date.now() + RERUN_DELAY_MS, token);
    throw new DelayedError();
  }
  if (verdict.kind === 'give_back') {
    await job.moveToWait(token);
    throw new WaitingError();
  }
  if (verdict.kind === 'abandon') throw new Stop('lock_lost');
}

async function endsWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
