import { endpointChangesSchema, endpointViewSchema } from '@packshot/contracts';
import { changeEndpoint, circuitView, requireEndpoint, toEndpointView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { JSON_BODY_ERRORS, jsonBody } from '../http/json-body';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { checkWebhookUrl } from '../intake/draft';

export const updateEndpoint: Route = {
  method: 'PATCH',
  path: '/webhooks/endpoints/:endpoint',
  operationId: 'updateEndpoint',
  tag: 'webhooks',
  summary: 'Change a webhook endpoint, or disable or enable it',
  scope: 'submit',
  body: { 'application/json': { schema: endpointChangesSchema, example: { disabled: false } } },
  answers: { 200: { description: 'The endpoint as it is now', schema: endpointViewSchema } },
  errors: [...JSON_BODY_ERRORS, 'not_found', 'invalid_url', 'url_not_allowed'],
  handler:
    ({ jobs: { store }, config }) =>
    async (request, response) => {
      const before = await requireEndpoint(store, idParam(request, 'ep', 'endpoint'), visibleTenant(response));
      const changes = await jsonBody(request, endpointChangesSchema);
      checkWebhookUrl(changes.url, config, 'url');
      const endpoint = await changeEndpoint(store, before, changes);
      const circuit = await circuitView(store, endpoint.tenant, endpoint.url);
      response.set('Cache-Control', 'no-store').json(toEndpointView(endpoint, circuit, baseUrl(request, config)));
    },
};
