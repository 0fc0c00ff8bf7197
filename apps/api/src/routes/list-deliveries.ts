import { deliveryPageSchema, listDeliveriesSchema } from '@packshot/contracts';
import { listDeliveries as list, toDeliverySummary } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';
import { nextPage } from '../reading/next-page';

export const listDeliveries: Route = {
  method: 'GET',
  path: '/webhooks/deliveries',
  operationId: 'listDeliveries',
  tag: 'webhooks',
  summary: 'What was sent to your receivers and is being sent, newest first; by job, endpoint and status',
  scope: 'read',
  query: listDeliveriesSchema,
  answers: {
    200: {
      description: 'A page of deliveries; with filters it may have fewer than `limit` although there is a `next` one',
      schema: deliveryPageSchema,
      headers: { Link: 'the next page, as `rel="next"`' },
      links: {
        getDelivery: { delivery: '$response.body#/deliveries/0/id' },
        redeliver: { delivery: '$response.body#/deliveries/0/id' },
      },
    },
  },
  errors: ['invalid_request'],
  handler:
    ({ jobs: { store }, config }) =>
    async (request, response) => {
      const query = parse(listDeliveriesSchema, request.query);
      const page = await list(store, principalOf(response).tenant, query);
      const base = baseUrl(request, config);
      const next = nextPage(response, `${base}/webhooks/deliveries`, query, page.next);
      const deliveries = page.deliveries.map((delivery) => toDeliverySummary(delivery, base));
      response.set('Cache-Control', 'no-store').json({ deliveries, next });
    },
};
