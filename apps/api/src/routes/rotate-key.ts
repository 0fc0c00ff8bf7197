import { apiKeyWithTokenSchema, rotateApiKeySchema } from '@packshot/contracts';
import { JSON_BODY_ERRORS, jsonBody } from '../http/json-body';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const rotateKey: Route = {
  method: 'POST',
  path: '/keys/:key/rotate',
  operationId: 'rotateKey',
  tag: 'keys',
  summary: 'Give an API key a new token; the old one stays valid for a while',
  scope: 'admin',
  body: { 'application/json': { schema: rotateApiKeySchema, example: { grace_seconds: 3600 } } },
  answers: { 200: { description: 'The key, with its new token', schema: apiKeyWithTokenSchema } },
  errors: ['not_found', ...JSON_BODY_ERRORS],
  handler:
    ({ apiKeys }) =>
    async (request, response) => {
      const { grace_seconds } = await jsonBody(request, rotateApiKeySchema);
      const key = await apiKeys.rotate(idParam(request, 'key'), grace_seconds * 1000);
      response.set('Cache-Control', 'no-store').json(key);
    },
};
