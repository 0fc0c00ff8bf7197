import { deliveryViewSchema } from '@packshot/contracts';
import { requireDelivery, redeliver as send, toDeliveryView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const redeliver: Route = {
  method: 'POST',
  path: '/webhooks/deliveries/:delivery/redeliver',
  operationId: 'redeliver',
  tag: 'webhooks',
  summary: 'Send a message again that is not under way, with the same `webhook-id`',
  scope: 'submit',
  answers: { 202: { description: 'The delivery, under way again', schema: deliveryViewSchema } },
  errors: ['not_found', 'conflict'],
  handler:
    ({ jobs: { store, queues }, config }) =>
    async (request, response) => {
      const before = await requireDelivery(store, idParam(request, 'dlv', 'delivery'), visibleTenant(response));
      const delivery = await send(store, queues, before);
      const view = toDeliveryView(delivery, baseUrl(request, config));
      response.set('Cache-Control', 'no-store').status(202).json(view);
    },
};
