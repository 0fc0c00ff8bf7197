import { endpointListSchema } from '@packshot/contracts';
import { circuitView, listEndpoints as list, toEndpointView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';

export const listEndpoints: Route = {
  method: 'GET',
  path: '/webhooks/endpoints',
  operationId: 'listEndpoints',
  tag: 'webhooks',
  summary: 'Your webhook endpoints, oldest first',
  scope: 'read',
  answers: { 200: { description: 'All of them', schema: endpointListSchema } },
  errors: [],
  handler:
    ({ jobs: { store }, config }) =>
    async (request, response) => {
      const endpoints = await list(store, principalOf(response).tenant);
      const base = baseUrl(request, config);
      const views = endpoints.map(async (endpoint) =>
        toEndpointView(endpoint, await circuitView(store, endpoint.tenant, endpoint.url), base),
      );
      response.set('Cache-Control', 'no-store').json({ endpoints: await Promise.all(views) });
    },
};
