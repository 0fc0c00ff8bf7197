import { AppError, newId, type WebhookEvent, type WebhookPayload } from '@packshot/contracts';
import type { JobStore } from '../job-store';
import type { Queues } from '../queue';
import type { JobRecord } from '../records';
import { createDelivery, type DeliveryRecord, type NewDelivery, reopenDelivery, requireDelivery } from './deliveries';
import { type EndpointRecord, getEndpoint } from './endpoints';
import { payloadBody } from './payload-body';

export type Receiver = Pick<NewDelivery, 'endpointId' | 'url'>;

/** Who is to be told of an event of a job: its own `webhook_url`, and the tenant's endpoints, as their filters have it. */
export function receiversOf(job: JobRecord, type: WebhookEvent, endpoints: readonly EndpointRecord[]): Receiver[] {
  const own = job.webhookUrl && wants(job.webhookEvents, type) ? [{ endpointId: null, url: job.webhookUrl }] : [];
  const others = endpoints.filter(({ disabled, events }) => !disabled && events.includes(type));
  return [...own, ...others.map(({ id, url }) => ({ endpointId: id, url }))];
}

/** Without a list of its own, the `webhook_url` of a job is told the end of the job. */
function wants(events: readonly WebhookEvent[] | null, type: WebhookEvent): boolean {
  return events === null ? type.startsWith('job.') && type !== 'job.processing' : events.includes(type);
}

/**
 * Sends a message of a job to these receivers; `ownBody` is what the job's own `webhook_url` is told instead. Each step may be
 * repeated: what was delivered is not sent again.
 */
export async function announce(
  store: JobStore,
  queues: Queues,
  job: JobRecord,
  message: { id: string; payload: WebhookPayload; ownBody?: string | null },
  receivers: readonly Receiver[],
): Promise<void> {
  const { type, timestamp } = message.payload;
  const body = payloadBody(message.payload);
  for (const receiver of receivers) {
    await deliver(store, queues, {
      ...receiver,
      tenant: job.tenant,
      messageId: message.id,
      type,
      jobId: job.id,
      body: (receiver.endpointId === null && message.ownBody) || body,
      trace: job.trace,
      traceState: job.traceState,
      createdAt: timestamp,
    });
  }
}

/** Sends `webhook.test` to an endpoint, whatever its filter; throws `conflict` when it is disabled. */
export async function sendTest(store: JobStore, queues: Queues, endpoint: EndpointRecord): Promise<DeliveryRecord> {
  if (endpoint.disabled) throw new AppError('conflict', 'The endpoint is disabled.');
  const timestamp = new Date().toISOString();
  const payload: WebhookPayload = { type: 'webhook.test', timestamp, data: { message: 'It works.' } };
  const id = await deliver(store, queues, {
    endpointId: endpoint.id,
    url: endpoint.url,
    tenant: endpoint.tenant,
    messageId: newId('msg'),
    type: payload.type,
    jobId: null,
    body: payloadBody(payload),
    trace: null,
    traceState: null,
    createdAt: timestamp,
  });
  return requireDelivery(store, id, endpoint.tenant);
}

/** Begins a new series of attempts, with the same message id; throws `conflict` while one is under way or has nowhere to go. */
export async function redeliver(store: JobStore, queues: Queues, delivery: DeliveryRecord): Promise<DeliveryRecord> {
  if (delivery.endpointId !== null) {
    const endpoint = await getEndpoint(store, delivery.endpointId);
    if (!endpoint) throw new AppError('conflict', 'The endpoint of this delivery was deleted.');
    if (endpoint.disabled) throw new AppError('conflict', 'The endpoint of this delivery is disabled.');
  }
  const series = await reopenDelivery(store, delivery.id);
  await queues.addDelivery(delivery.id, series);
  return requireDelivery(store, delivery.id, delivery.tenant);
}

async function deliver(store: JobStore, queues: Queues, delivery: NewDelivery): Promise<string> {
  const { id, series, pending } = await createDelivery(store, delivery);
  if (pending) await queues.addDelivery(id, series);
  return id;
}
