import { rotateSecretSchema, webhookSecretSchema } from '@packshot/contracts';
import { requireEndpoint, rotateSecret, toSecretView } from '@packshot/jobs';
import { JSON_BODY_ERRORS, jsonBody } from '../http/json-body';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const rotateEndpointSecret: Route = {
  method: 'POST',
  path: '/webhooks/endpoints/:endpoint/rotate',
  operationId: 'rotateEndpointSecret',
  tag: 'webhooks',
  summary: 'Give a webhook endpoint a new secret; for a while the old one signs beside it',
  scope: 'submit',
  body: { 'application/json': { schema: rotateSecretSchema, example: { grace_seconds: 3600 } } },
  answers: { 200: { description: 'The new secret, and the old ones that still sign', schema: webhookSecretSchema } },
  errors: [...JSON_BODY_ERRORS, 'not_found', 'conflict'],
  handler:
    ({ jobs: { store } }) =>
    async (request, response) => {
      const endpoint = await requireEndpoint(store, idParam(request, 'ep', 'endpoint'), visibleTenant(response));
      const { grace_seconds } = await jsonBody(request, rotateSecretSchema);
      const rotated = await rotateSecret(store, endpoint, grace_seconds * 1000);
      response.set('Cache-Control', 'no-store').json(toSecretView(rotated));
    },
};
