import { jobViewSchema } from '@packshot/contracts';
import { jobFacts, toJobView } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const cancelJob: Route = {
  method: 'POST',
  path: '/jobs/:job/cancel',
  operationId: 'cancelJob',
  tag: 'jobs',
  summary: 'Cancel what has not ended; what is being processed stops at its next stage',
  scope: 'submit',
  answers: { 200: { description: 'The job; items that are being processed may still be', schema: jobViewSchema } },
  errors: ['not_found', 'conflict'],
  handler:
    ({ jobs, links, logger }) =>
    async (request, response) => {
      const job = await jobs.store.require(idParam(request, 'job'), visibleTenant(response));
      const canceled = await jobs.cancel(job, links);
      logger.info('job canceled', jobFacts(canceled));
      response.json(toJobView(canceled));
    },
};
