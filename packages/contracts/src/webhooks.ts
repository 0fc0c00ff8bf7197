import { z } from 'zod';
import { JOB_END_EVENTS, WEBHOOK_EVENTS } from './events';
import { idPattern } from './ids';

/** Endpoints a tenant may have. */
export const MAX_ENDPOINTS = 20;

const time = z.iso.datetime();
const url = z.string().min(1).max(4096);
const events = z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length);
const description = z.string().max(255);

/** `POST /webhooks/endpoints`. */
export const newEndpointSchema = z
  .strictObject({
    url: url.describe('where to send; http or https, on a public network'),
    events: events.default([...JOB_END_EVENTS]).describe('what it is told; by default how jobs end'),
    description: description.default(''),
    disabled: z.boolean().default(false),
  })
  .meta({ id: 'NewWebhookEndpoint' });
export type NewEndpoint = z.infer<typeof newEndpointSchema>;

/** `PATCH /webhooks/endpoints/:endpoint`: what is absent stays as it is. */
export const endpointChangesSchema = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    disabled: z.boolean().optional().describe('false enables it again, whatever had disabled it'),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), 'at least one field')
  .meta({ id: 'WebhookEndpointChanges', minProperties: 1 });
export type EndpointChanges = z.infer<typeof endpointChangesSchema>;

const DAY = 86_400;

/** `POST /webhooks/endpoints/:endpoint/rotate`. */
export const rotateSecretSchema = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(30 * DAY)
      .default(DAY)
      .describe('how long the old secret goes on signing beside the new one'),
  })
  .meta({ id: 'RotateWebhookSecret' });

export const DISABLED_REASONS = ['manual', 'gone'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Whether a receiving host is sent to: see `docs/08-webhooks.md`. */
export const circuitViewSchema = z
  .object({
    state: z.enum(['closed', 'open', 'half_open']),
    failures: z.int().min(0).describe('failures of the host in a row'),
    retry_at: time.nullable().describe('when the host is tried again; null unless the circuit is open'),
  })
  .meta({ id: 'WebhookCircuit', description: 'Whether the host is sent to: `open` puts its deliveries off.' });
export type CircuitView = z.infer<typeof circuitViewSchema>;

const ENDPOINT_LINKS = ['self', 'secret', 'rotate', 'test', 'deliveries'] as const;

export const endpointViewSchema = z
  .object({
    id: z.string().regex(idPattern('ep')),
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    description: z.string(),
    disabled: z.boolean(),
    disabled_reason: z
      .enum(DISABLED_REASONS)
      .nullable()
      .describe('`manual`: by a request; `gone`: the receiver answered 410'),
    created_at: time,
    updated_at: time,
    circuit: circuitViewSchema,
    links: z.object(
      Object.fromEntries(ENDPOINT_LINKS.map((name) => [name, z.url()])) as Record<
        (typeof ENDPOINT_LINKS)[number],
        z.ZodURL
      >,
    ),
  })
  .meta({ id: 'WebhookEndpoint', description: 'Where a tenant is told what happens to its jobs.' });
export type EndpointView = z.infer<typeof endpointViewSchema>;

export const endpointListSchema = z
  .object({ endpoints: z.array(endpointViewSchema) })
  .meta({ id: 'WebhookEndpointList' });

const secret = z.string().describe('`whsec_` and base64; Standard Webhooks libraries take it as it is');

/** The answer to creating an endpoint. */
export const createdEndpointSchema = endpointViewSchema.extend({ secret }).meta({ id: 'CreatedWebhookEndpoint' });

export const webhookSecretSchema = z
  .object({
    secret,
    previous: z
      .array(z.object({ secret: z.string(), valid_until: time.nullable() }).meta({ id: 'PreviousSecret' }))
      .describe('older ones that still sign too, newest first; `valid_until` null: until the settings drop it'),
  })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecretView = z.infer<typeof webhookSecretSchema>;

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'refused', 'disabled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What a delivery can tell: the events, and the test of an endpoint. */
export const MESSAGE_TYPES = [...WEBHOOK_EVENTS, 'webhook.test'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

const deliveryLinks = z.object({ self: z.url(), redeliver: z.url() });

export const deliverySummarySchema = z
  .object({
    id: z.string().regex(idPattern('dlv')),
    message_id: z.string().describe('the `webhook-id` of every attempt'),
    type: z.enum(MESSAGE_TYPES),
    job: z.string().nullable(),
    endpoint: z.string().nullable().describe('null: the `webhook_url` of the job'),
    url: z.string(),
    status: z
      .enum(DELIVERY_STATUSES)
      .describe(
        '`failed`: every attempt of the schedule failed; `refused`: the address may not be sent to, or the `webhook_url` of a job answered 410; `disabled`: the endpoint was disabled or deleted',
      ),
    attempt_count: z.int().min(0),
    created_at: time,
    ended_at: time.nullable(),
    next_attempt_at: time.nullable(),
    links: deliveryLinks,
  })
  .meta({ id: 'WebhookDeliverySummary', description: 'One message on its way to one receiver.' });
export type DeliverySummary = z.infer<typeof deliverySummarySchema>;

export const deliveryAttemptSchema = z
  .object({
    at: time,
    status: z.int().nullable().describe('the HTTP status; null when there was no answer'),
    error: z.string().nullable(),
    duration_ms: z.int().min(0),
    answer: z.string().describe('the first 1,024 bytes of the answer'),
  })
  .meta({ id: 'WebhookAttempt' });
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

export const deliveryViewSchema = deliverySummarySchema
  .extend({
    body: z.string().describe('the exact bytes that are sent and signed'),
    attempts: z.array(deliveryAttemptSchema).describe('the last 50, oldest first'),
  })
  .meta({ id: 'WebhookDelivery' });
export type DeliveryView = z.infer<typeof deliveryViewSchema>;

/** `GET /webhooks/deliveries`, newest first. */
export const listDeliveriesSchema = z.strictObject({
  job: z.string().regex(idPattern('job')).optional(),
  endpoint: z.string().regex(idPattern('ep')).optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().regex(idPattern('dlv')).optional().describe('as in the `next` of the page before'),
});
export type ListDeliveries = z.infer<typeof listDeliveriesSchema>;

export const deliveryPageSchema = z
  .object({
    deliveries: z.array(deliverySummarySchema),
    next: z.url().nullable().describe('the next page; null on the last. With filters a page may be short, even empty.'),
  })
  .meta({ id: 'WebhookDeliveryPage' });
