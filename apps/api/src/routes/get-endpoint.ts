import { endpointViewSchema } from '@packshot/contracts';
import { circuitView, requireEndpoint, toEndpointView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const getEndpoint: Route = {
  method: 'GET',
  path: '/webhooks/endpoints/:endpoint',
  operationId: 'getEndpoint',
  tag: 'webhooks',
  summary: 'A webhook endpoint, and whether its host is being sent to',
  scope: 'read',
  answers: { 200: { description: 'The endpoint', schema: endpointViewSchema } },
  errors: ['not_found'],
  handler:
    ({ jobs: { store }, config }) =>
    async (request, response) => {
      const endpoint = await requireEndpoint(store, idParam(request, 'ep', 'endpoint'), visibleTenant(response));
      const circuit = await circuitView(store, endpoint.tenant, endpoint.url);
      response.set('Cache-Control', 'no-store').json(toEndpointView(endpoint, circuit, baseUrl(request, config)));
    },
};
