import { apiKeyViewSchema, updateApiKeySchema } from '@packshot/contracts';
import { JSON_BODY_ERRORS, jsonBody } from '../http/json-body';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const updateKey: Route = {
  method: 'PATCH',
  path: '/keys/:key',
  operationId: 'updateKey',
  tag: 'keys',
  summary: 'Change what an API key may do, and how much of it',
  scope: 'admin',
  body: { 'application/json': { schema: updateApiKeySchema, example: { scopes: ['read'], weight: 0.5 } } },
  answers: { 200: { description: 'The key as it is now', schema: apiKeyViewSchema } },
  errors: ['not_found', ...JSON_BODY_ERRORS],
  handler:
    ({ apiKeys }) =>
    async (request, response) => {
      const changes = await jsonBody(request, updateApiKeySchema);
      response.set('Cache-Control', 'no-store').json(await apiKeys.update(idParam(request, 'key'), changes));
    },
};
