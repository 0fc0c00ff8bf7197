import { removeEndpoint, requireEndpoint } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const deleteEndpoint: Route = {
  method: 'DELETE',
  path: '/webhooks/endpoints/:endpoint',
  operationId: 'deleteEndpoint',
  tag: 'webhooks',
  summary: 'Delete a webhook endpoint; what waits for it is not delivered any more',
  scope: 'submit',
  answers: { 204: { description: 'It is gone' } },
  errors: ['not_found'],
  handler:
    ({ jobs: { store } }) =>
    async (request, response) => {
      const id = idParam(request, 'ep', 'endpoint');
      await removeEndpoint(store, await requireEndpoint(store, id, visibleTenant(response)));
      response.status(204).end();
    },
};
