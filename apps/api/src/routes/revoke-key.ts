import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const revokeKey: Route = {
  method: 'DELETE',
  path: '/keys/:key',
  operationId: 'revokeKey',
  tag: 'keys',
  summary: 'Revoke an API key for good; its jobs stay',
  scope: 'admin',
  answers: { 204: { description: 'It is valid no longer: here at once, in other API processes within five seconds' } },
  errors: ['not_found'],
  handler:
    ({ apiKeys }) =>
    async (request, response) => {
      await apiKeys.remove(idParam(request, 'key'));
      response.status(204).end();
    },
};
