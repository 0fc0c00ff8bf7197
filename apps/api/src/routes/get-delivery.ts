import { deliveryViewSchema } from '@packshot/contracts';
import { requireDelivery, toDeliveryView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const getDelivery: Route = {
  method: 'GET',
  path: '/webhooks/deliveries/:delivery',
  operationId: 'getDelivery',
  tag: 'webhooks',
  summary: 'A delivery: what is sent, every attempt, and what the receiver answered',
  scope: 'read',
  answers: { 200: { description: 'The delivery', schema: deliveryViewSchema } },
  errors: ['not_found'],
  handler:
    ({ jobs: { store }, config }) =>
    async (request, response) => {
      const delivery = await requireDelivery(store, idParam(request, 'dlv', 'delivery'), visibleTenant(response));
      response.set('Cache-Control', 'no-store').json(toDeliveryView(delivery, baseUrl(request, config)));
    },
};
