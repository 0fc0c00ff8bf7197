import { listItemsSchema } from '@packshot/contracts';
import { toItemView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const listItems: Route = {
  method: 'GET',
  path: '/jobs/:job/items',
  summary: 'Items of a job in the order of the request, page by page (`limit`, `cursor`)',
  statuses: [200, 304, 400, 401, 404, 503],
  handler:
    ({ config, jobs }) =>
    async (request, response) => {
      const { limit, cursor } = parse(listItemsSchema, request.query);
      const job = await jobs.store.require(idParam(request, 'job'));
      const items = await jobs.store.listItems(job.id, cursor, limit);
      const base = baseUrl(request, config);
      const end = cursor + limit;
      response.set('Cache-Control', 'private, no-cache').json({
        items: items.map((item) => toItemView(item, base)),
        next: end < job.counts.total ? `${base}/jobs/${job.id}/items?limit=${limit}&cursor=${end}` : null,
      });
    },
};
