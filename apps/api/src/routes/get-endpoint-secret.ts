import { webhookSecretSchema } from '@packshot/contracts';
import { requireEndpoint, toSecretView } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const getEndpointSecret: Route = {
  method: 'GET',
  path: '/webhooks/endpoints/:endpoint/secret',
  operationId: 'getEndpointSecret',
  tag: 'webhooks',
  summary: 'What the calls to a webhook endpoint are signed with',
  scope: 'submit',
  answers: { 200: { description: 'The secret', schema: webhookSecretSchema } },
  errors: ['not_found'],
  handler:
    ({ jobs: { store } }) =>
    async (request, response) => {
      const endpoint = await requireEndpoint(store, idParam(request, 'ep', 'endpoint'), visibleTenant(response));
      response.set('Cache-Control', 'no-store').json(toSecretView(endpoint));
    },
};
