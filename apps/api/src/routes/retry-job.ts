import { jobViewSchema } from '@packshot/contracts';
import { jobFacts, toJobView } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const retryJob: Route = {
  method: 'POST',
  path: '/jobs/:job/retry',
  operationId: 'retryJob',
  tag: 'jobs',
  summary: 'Process again what did not succeed, as the next run of the same job',
  scope: 'submit',
  answers: { 200: { description: 'The job, in its next run', schema: jobViewSchema } },
  errors: ['not_found', 'conflict'],
  handler:
    ({ jobs, links, logger }) =>
    async (request, response) => {
      const job = await jobs.store.require(idParam(request, 'job'), visibleTenant(response));
      const retried = await jobs.retry(job, links);
      logger.info('job retried', jobFacts(retried));
      response.json(toJobView(retried));
    },
};
