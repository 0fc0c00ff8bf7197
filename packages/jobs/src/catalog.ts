import { z } from 'zod';

/** Every queue: its name, what its messages hold, how often they are tried. Messages carry ids, never pixels. */
export const QUEUES = {
  items: {
    name: 'items',
    /** Which item a message carries is decided when it is taken up (fairness/backlog.ts). `alone`: with an engine to itself. */
    payload: z.object({ alone: z.boolean().default(false) }),
    /** The item's own record decides when to give up (ITEM_ATTEMPTS); the queue only has to outlast it. */
    attempts: 100,
  },
  webhooks: {
    name: 'webhooks',
    /** The record of the delivery says what to send, how often it was tried, and when to try next. */
    payload: z.object({ deliveryId: z.string() }),
    /** Of looking at a delivery, when that fails for a fault of ours. */
    attempts: 100,
  },
} as const;

export type ItemMessage = z.input<typeof QUEUES.items.payload>;
export type WebhookMessage = z.infer<typeof QUEUES.webhooks.payload>;

/** Attempts that a webhook delivery has before it is given up. */
export const WEBHOOK_ATTEMPTS = 10;

/**
 * Waits between webhook attempts, in seconds, as Standard Webhooks suggests: at once, then 5 s, 5 min, 30 min, 2 h, 5 h,
 * 10 h, 14 h, 20 h, 24 h. `attemptsMade` counts from 1.
 */
export function webhookBackoffMs(attemptsMade: number, random: () => number = Math.random): number {
  const schedule = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
  const seconds = schedule[Math.min(attemptsMade, schedule.length) - 1] ?? 5;
  return Math.round(seconds * 1000 * (1 + 0.1 * random()));
}

/** Waits between attempts at an item whose fault may pass: 1 s, doubling to 60 s, with up to a quarter of jitter. */
export function itemBackoffMs(attemptsMade: number, random: () => number = Math.random): number {
  return Math.round(Math.min(60_000, 1000 * 2 ** (attemptsMade - 1)) * (1 + 0.25 * random()));
}
