import { itemViewSchema } from '@packshot/contracts';
import { toItemView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { sendView } from '../reading/entity-tag';

export const getItem: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item',
  operationId: 'getItem',
  tag: 'jobs',
  summary: 'One item: its status, its result and how each stage ran',
  scope: 'read',
  answers: {
    200: { description: 'The item', schema: itemViewSchema },
    304: { description: 'It is still as `If-None-Match` has it' },
  },
  errors: ['not_found'],
  handler:
    ({ config, jobs, links }) =>
    async (request, response) => {
      const ids = [idParam(request, 'job'), idParam(request, 'item')] as const;
      const item = await jobs.store.requireItem(...ids, visibleTenant(response));
      sendView(request, response, await toItemView(item, baseUrl(request, config), links));
    },
};
