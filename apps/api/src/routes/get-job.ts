import { getJobQuerySchema, isTerminal, jobViewSchema } from '@packshot/contracts';
import { type JobRecord, toJobView, waitForJob } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { departure } from '../reading/departure';
import { entityTag, isKnown, sendView } from '../reading/entity-tag';
import { createRetryAfter } from '../reading/retry-after';
import { waitSeconds } from '../reading/wait-seconds';

export const getJob: Route = {
  method: 'GET',
  path: '/jobs/:job',
  operationId: 'getJob',
  tag: 'jobs',
  summary: 'Status and progress of a job; `wait` holds the answer back until it has ended or changed',
  scope: 'read',
  query: getJobQuerySchema,
  requestHeaders: {
    'If-None-Match': 'the `ETag` of an earlier answer: 304 while the job is as it was; with `wait`, until it changes',
    Prefer: '`wait=n`, as the query parameter `wait` (RFC 7240)',
  },
  answers: {
    200: {
      description: 'The job',
      schema: jobViewSchema,
      headers: {
        ETag: 'names this state of the job',
        'Retry-After': 'while the job has not ended: seconds after which it is worth asking again',
        'Preference-Applied': 'that `Prefer: wait` was heeded',
      },
    },
    304: { description: 'It is still as `If-None-Match` has it' },
  },
  errors: ['invalid_request', 'not_found'],
  handler: ({ jobs, changes, inFlight }) => {
    const retryAfter = createRetryAfter(jobs.backlog);
    return async (request, response) => {
      const asked = { id: idParam(request, 'job'), tenant: visibleTenant(response) };
      const seconds = waitSeconds(request, response);
      if (seconds > 0) inFlight.stream(response);
      const comparing = request.get('if-none-match') !== undefined;
      const hasChanged = (job: JobRecord) => !isKnown(request, entityTag(JSON.stringify(toJobView(job))));
      const job = await waitForJob(jobs.store, changes, asked, {
        timeoutMs: seconds * 1000,
        signal: departure(response),
        until: (seen) => isTerminal(seen.status) || (comparing && hasChanged(seen)),
      });
      if (!isTerminal(job.status)) response.set('Retry-After', String(await retryAfter()));
      sendView(request, response, toJobView(job));
    };
  },
};
