import { AppError, jobPageSchema, listJobsSchema } from '@packshot/contracts';
import { listJobs as readJobs, toJobView } from '@packshot/jobs';
import type { Response } from 'express';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';
import { sendView } from '../reading/entity-tag';
import { nextPage } from '../reading/next-page';

export const listJobs: Route = {
  method: 'GET',
  path: '/jobs',
  operationId: 'listJobs',
  tag: 'jobs',
  summary: 'Your jobs, newest first, page by page; by `status`, time of creation and `custom_id`',
  scope: 'read',
  query: listJobsSchema,
  answers: {
    200: {
      description: 'A page of jobs; it may have fewer than `limit` although there is a `next` one',
      schema: jobPageSchema,
      headers: { Link: 'the next page, as `rel="next"`' },
    },
    304: { description: 'It is still as `If-None-Match` has it' },
  },
  errors: ['invalid_request'],
  handler:
    ({ config, jobs }) =>
    async (request, response) => {
      const query = parse(listJobsSchema, request.query);
      const page = await readJobs(jobs.store, {
        tenant: tenantOf(response, query.tenant),
        status: query.status,
        createdAfter: instant(query.created_after),
        createdBefore: instant(query.created_before),
        customId: query.custom_id,
        limit: query.limit,
        cursor: query.cursor,
      });
      const next = nextPage(response, `${baseUrl(request, config)}/jobs`, query, page.next);
      sendView(request, response, { jobs: page.jobs.map(toJobView), next });
    },
};

/** Whose jobs are listed: the caller's own, or with the scope `admin` those asked for. */
function tenantOf(response: Response, asked: string | undefined): string {
  const { tenant, scopes } = principalOf(response);
  if (asked === undefined || asked === tenant) return tenant;
  if (!scopes.has('admin')) throw new AppError('forbidden', 'Only the scope admin may list the jobs of others.');
  return asked;
}

const instant = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
