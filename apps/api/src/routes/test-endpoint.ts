import { deliveryViewSchema } from '@packshot/contracts';
import { requireEndpoint, sendTest, toDeliveryView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const testEndpoint: Route = {
  method: 'POST',
  path: '/webhooks/endpoints/:endpoint/test',
  operationId: 'testEndpoint',
  tag: 'webhooks',
  summary: 'Send `webhook.test` to a webhook endpoint, whatever its filter',
  scope: 'submit',
  answers: {
    202: {
      description: 'The delivery; ask for it to see what the receiver answered',
      schema: deliveryViewSchema,
      headers: { Location: 'address of the delivery' },
      links: { getDelivery: { delivery: '$response.body#/id' } },
    },
  },
  errors: ['not_found', 'conflict'],
  handler:
    ({ jobs: { store, queues }, config }) =>
    async (request, response) => {
      const endpoint = await requireEndpoint(store, idParam(request, 'ep', 'endpoint'), visibleTenant(response));
      const delivery = await sendTest(store, queues, endpoint);
      const view = toDeliveryView(delivery, baseUrl(request, config));
      response.set({ Location: view.links.self, 'Cache-Control': 'no-store' }).status(202).json(view);
    },
};
