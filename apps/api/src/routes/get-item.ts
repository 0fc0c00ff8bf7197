import { toItemView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const getItem: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item',
  summary: 'One item: its status, its result and how each stage ran',
  statuses: [200, 304, 401, 404, 503],
  handler:
    ({ config, jobs }) =>
    async (request, response) => {
      const item = await jobs.store.requireItem(idParam(request, 'job'), idParam(request, 'item'));
      response.set('Cache-Control', 'private, no-cache').json(toItemView(item, baseUrl(request, config)));
    },
};
