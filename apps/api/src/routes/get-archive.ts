import { AppError, archiveQuerySchema } from '@packshot/contracts';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { archiveEntries } from '../reading/archive-entries';
import { sendArchive } from '../reading/send-archive';

export const getArchive: Route = {
  method: 'GET',
  path: '/jobs/:job/archive.zip',
  operationId: 'getArchive',
  tag: 'results',
  summary:
    'A ZIP of all results there are so far, and of what `include` names; a cut connection means that it is not whole',
  scope: 'read',
  query: archiveQuerySchema,
  answers: { 200: { description: 'The archive, streamed', mediaType: 'application/zip' } },
  errors: ['invalid_request', 'not_found', 'result_not_ready', 'storage_error'],
  handler:
    ({ config, jobs: { store }, storage, links }) =>
    async (request, response) => {
      const { include } = parse(archiveQuerySchema, request.query);
      const job = await store.require(idParam(request, 'job'), visibleTenant(response));
      if (job.counts.succeeded === 0) throw new AppError('result_not_ready', 'No item of the job has succeeded yet.');
      if (request.method === 'HEAD') return void response.attachment(`${job.id}.zip`).end();
      const entries = archiveEntries({ store, storage, links, baseUrl: baseUrl(request, config) }, job, include);
      await sendArchive(response, entries, {
        name: `${job.id}.zip`,
        mtime: new Date(job.completedAt ?? job.createdAt),
      });
    },
};
