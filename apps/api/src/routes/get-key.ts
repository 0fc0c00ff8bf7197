import { apiKeyViewSchema } from '@packshot/contracts';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const getKey: Route = {
  method: 'GET',
  path: '/keys/:key',
  operationId: 'getKey',
  tag: 'keys',
  summary: 'An API key, without its token',
  scope: 'admin',
  answers: { 200: { description: 'The key', schema: apiKeyViewSchema } },
  errors: ['not_found'],
  handler:
    ({ apiKeys }) =>
    async (request, response) => {
      response.set('Cache-Control', 'no-store').json(await apiKeys.get(idParam(request, 'key')));
    },
};
