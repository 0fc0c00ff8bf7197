import { AppError, jobAllows } from '@packshot/contracts';
import { jobFacts, removeJob, sendUnsent } from '@packshot/jobs';
import { jobPrefix } from '@packshot/storage';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';

export const deleteJob: Route = {
  method: 'DELETE',
  path: '/jobs/:job',
  operationId: 'deleteJob',
  tag: 'jobs',
  summary: 'Delete a job that has ended: originals, results and records',
  scope: 'submit',
  answers: { 204: { description: 'It is gone' } },
  errors: ['not_found', 'conflict', 'storage_error'],
  handler:
    ({ jobs: { store, queues }, links, storage, logger }) =>
    async (request, response) => {
      const job = await store.require(idParam(request, 'job'), visibleTenant(response));
      // What webhooks say of it follows from its records.
      if (jobAllows(job.status, 'delete')) await sendUnsent(store, queues, links, { jobId: job.id });
      const removed = await removeJob(store, job.id, {
        deleteJob: async (id) => void (await storage.deletePrefix(jobPrefix(id))),
        delete: (keys) => storage.delete(keys),
      });
      if (!removed) throw new AppError('conflict', 'The job has not ended: cancel it, and delete it then.');
      logger.info('job deleted', jobFacts(job));
      response.status(204).end();
    },
};
