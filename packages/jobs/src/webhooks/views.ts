import type { CircuitView, DeliverySummary, DeliveryView, EndpointView, WebhookSecretView } from '@packshot/contracts';
import type { DeliveryRecord } from './deliveries';
import { type EndpointRecord, secretsInForce } from './endpoints';

const time = (at: number) => new Date(at).toISOString();

export function toEndpointView(endpoint: EndpointRecord, circuit: CircuitView, baseUrl: string): EndpointView {
  const self = `${baseUrl}/webhooks/endpoints/${endpoint.id}`;
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: endpoint.events,
    description: endpoint.description,
    disabled: endpoint.disabled !== null,
    disabled_reason: endpoint.disabled,
    created_at: endpoint.createdAt,
    updated_at: endpoint.updatedAt,
    circuit,
    links: {
      self,
      secret: `${self}/secret`,
      rotate: `${self}/rotate`,
      test: `${self}/test`,
      deliveries: `${baseUrl}/webhooks/deliveries?endpoint=${endpoint.id}`,
    },
  };
}

export function toSecretView(endpoint: EndpointRecord): WebhookSecretView {
  const [current, ...previous] = secretsInForce(endpoint);
  return {
    secret: current?.secret ?? '',
    previous: previous.map(({ secret, until }) => ({ secret, valid_until: until === null ? null : time(until) })),
  };
}

export function toDeliverySummary(delivery: DeliveryRecord, baseUrl: string): DeliverySummary {
  const self = `${baseUrl}/webhooks/deliveries/${delivery.id}`;
  return {
    id: delivery.id,
    message_id: delivery.messageId,
    type: delivery.type,
    job: delivery.jobId,
    endpoint: delivery.endpointId,
    url: delivery.url,
    status: delivery.status,
    attempt_count: delivery.attemptCount,
    created_at: delivery.createdAt,
    ended_at: delivery.endedAt,
    next_attempt_at: delivery.nextAttemptAt === null ? null : time(delivery.nextAttemptAt),
    links: { self, redeliver: `${self}/redeliver` },
  };
}

export function toDeliveryView(delivery: DeliveryRecord, baseUrl: string): DeliveryView {
  const { body, attempts } = delivery;
  return { ...toDeliverySummary(delivery, baseUrl), body, attempts };
}
