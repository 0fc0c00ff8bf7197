import { z } from 'zod';
import { itemViewSchema, jobViewSchema, type TerminalStatus } from './job';

/** What a webhook can tell: a job was started or has ended, an item has ended, or nothing at all (`webhook.test`). */
export const JOB_END_EVENTS = [
  'job.succeeded',
  'job.partially_succeeded',
  'job.failed',
  'job.canceled',
  'job.expired',
] as const satisfies readonly `job.${TerminalStatus}`[];
export const ITEM_END_EVENTS = ['item.succeeded', 'item.failed', 'item.canceled'] as const;
export const WEBHOOK_EVENTS = ['job.processing', ...JOB_END_EVENTS, ...ITEM_END_EVENTS] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

const timestamp = z.iso.datetime().describe('when it happened');

/** What is sent in place of `data` that is too large for a webhook: where to get it. */
export const webhookReferenceSchema = z
  .object({ id: z.string(), job_id: z.string().optional(), links: z.record(z.string(), z.url()) })
  .meta({
    id: 'WebhookReference',
    description: 'The job or item by its id and links alone, when more would pass 20 kB.',
  });

/** The body of a webhook (Standard Webhooks). `data` is what GET shows of the job or item. */
export const webhookPayloadSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.enum(['job.processing', ...JOB_END_EVENTS]),
      timestamp,
      data: z.union([jobViewSchema, webhookReferenceSchema]),
    }),
    z.object({
      type: z.enum(ITEM_END_EVENTS),
      timestamp,
      data: z.union([itemViewSchema.extend({ job_id: z.string() }), webhookReferenceSchema]),
    }),
    z.object({ type: z.literal('webhook.test'), timestamp, data: z.object({ message: z.string() }) }),
  ])
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;
