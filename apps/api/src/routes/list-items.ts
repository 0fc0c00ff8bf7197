import { itemPageSchema, listItemsSchema } from '@packshot/contracts';
import { listItems as readItems, toItemView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { sendView } from '../reading/entity-tag';
import { nextPage } from '../reading/next-page';

export const listItems: Route = {
  method: 'GET',
  path: '/jobs/:job/items',
  operationId: 'listItems',
  tag: 'jobs',
  summary: 'Items of a job in the order of the request, page by page; by `status`',
  scope: 'read',
  query: listItemsSchema,
  answers: {
    200: {
      description: 'A page of items; with `status` it may have fewer than `limit` although there is a `next` one',
      schema: itemPageSchema,
      headers: { Link: 'the next page, as `rel="next"`' },
      links: {
        getItem: { job: '$request.path.job', item: '$response.body#/items/0/id' },
        getResult: { job: '$request.path.job', item: '$response.body#/items/0/id' },
        getMask: { job: '$request.path.job', item: '$response.body#/items/0/id' },
      },
    },
    304: { description: 'It is still as `If-None-Match` has it' },
  },
  errors: ['invalid_request', 'not_found'],
  handler:
    ({ config, jobs, links }) =>
    async (request, response) => {
      const query = parse(listItemsSchema, request.query);
      const job = await jobs.store.require(idParam(request, 'job'), visibleTenant(response));
      const page = await readItems(jobs.store, job, query);
      const base = baseUrl(request, config);
      const next = nextPage(response, `${base}/jobs/${job.id}/items`, query, page.next);
      const items = await Promise.all(page.items.map((item) => toItemView(item, base, links)));
      sendView(request, response, { items, next });
    },
};
