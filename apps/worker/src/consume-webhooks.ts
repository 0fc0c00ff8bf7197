import { QUEUES, webhookBackoffMs } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type DeliveryOptions, deliverWebhook } from './deliver-webhook';

export interface WebhookConsumerOptions extends DeliveryOptions {
  connection: Redis;
  prefix: string;
  lockMs: number;
  stalledIntervalMs: number;
  logger: Logger;
  /** Wait before the next attempt in milliseconds, `attemptsMade` from 1. Default: Standard Webhooks' schedule. */
  backoffMs?: (attemptsMade: number) => number;
}

/** Deliveries wait for other people's servers, so many may be under way. */
const CONCURRENCY = 16;
const MOST_STALLS = 1_000_000;
const RECONNECT_DELAY_MS = 1000;

/** An attempt that failed; `retryAfterMs` is what the receiver asked for. */
class DeliveryFailed extends Error {
  constructor(
    reason: string,
    readonly retryAfterMs: number | null,
  ) {
    super(reason);
    this.name = 'DeliveryFailed';
  }
}

/** Delivers webhooks from their queue, each attempt logged, until they arrive, are refused, or the schedule ends. */
export function consumeWebhooks(options: WebhookConsumerOptions): { close(): Promise<void> } {
  const { logger, backoffMs = webhookBackoffMs } = options;

  async function handle(job: Job): Promise<void> {
    const message = QUEUES.webhooks.payload.parse(job.data);
    const outcome = await deliverWebhook(message, options);
    const facts = { message: message.messageId, job: message.jobId, attempt: job.attemptsMade + 1 };
    if (outcome.kind === 'delivered') logger.info('webhook delivered', { ...facts, status: outcome.status });
    if (outcome.kind === 'refused') logger.warn('webhook refused, given up', { ...facts, reason: outcome.reason });
    if (outcome.kind === 'failed') {
      const last = facts.attempt >= QUEUES.webhooks.attempts;
      logger.warn(last ? 'webhook failed, given up' : 'webhook failed, will be retried', {
        ...facts,
        reason: outcome.reason,
      });
      throw new DeliveryFailed(outcome.reason, outcome.retryAfterMs);
    }
  }

  const worker = new Worker(QUEUES.webhooks.name, handle, {
    connection: options.connection,
    prefix: options.prefix,
    concurrency: CONCURRENCY,
    lockDuration: options.lockMs,
    stalledInterval: options.stalledIntervalMs,
    maxStalledCount: MOST_STALLS,
    runRetryDelay: RECONNECT_DELAY_MS,
    settings: {
      // The receiver may ask for more patience than the schedule has, not for less.
      backoffStrategy: (attemptsMade, _type, error) =>
        Math.max(backoffMs(attemptsMade), (error instanceof DeliveryFailed && error.retryAfterMs) || 0),
    },
  });
  worker.on('error', (error) => logger.warn('webhook queue', { error }));
  return { close: () => worker.close() };
}
