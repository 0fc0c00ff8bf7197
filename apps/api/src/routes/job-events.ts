import { AppError, isTerminal, jobEventsQuerySchema } from '@packshot/contracts';
import { compareEventIds, holdsJobEventsAfter, lastJobEventId, toJobView } from '@packshot/jobs';
import type { Request } from 'express';
import { z } from 'zod';
import { parse } from '../http/field-errors';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { departure } from '../reading/departure';
import { EventStream } from '../reading/event-stream';
import { followJob } from '../reading/follow-job';

export const jobEvents: Route = {
  method: 'GET',
  path: '/jobs/:job/events',
  operationId: 'jobEvents',
  tag: 'jobs',
  summary: 'What happens to a job and its items, as server-sent events; resumed with `Last-Event-ID`',
  scope: 'read',
  query: jobEventsQuerySchema,
  requestHeaders: {
    'Last-Event-ID': {
      description: 'the id of the last event that was received: everything after it is told',
      // Empty is how some clients say that they have none.
      schema: z.string().regex(/^(\d{1,15}(-\d{1,10})?)?$/),
    },
  },
  answers: {
    200: { description: 'Events until the job has ended', mediaType: 'text/event-stream' },
    204: { description: 'The job has ended, and everything was told: do not come back' },
  },
  errors: ['invalid_request', 'not_found', 'not_acceptable'],
  handler:
    ({ jobs: { store }, changes, inFlight }) =>
    async (request, response) => {
      const given = lastEventId(request);
      const { id } = await store.require(idParam(request, 'job'), visibleTenant(response));
      if (!request.accepts('text/event-stream')) throw new AppError('not_acceptable', 'This is text/event-stream.');
      // First the place in the stream, then the record: what happens in between is told twice over, never not at all.
      const now = await lastJobEventId(store, id);
      const job = await store.require(id, null);
      if (given !== null && isTerminal(job.status) && compareEventIds(given, now) >= 0) {
        return void response.status(204).end();
      }
      inFlight.stream(response);
      const signal = departure(response);
      const stream = new EventStream(response);
      if (request.method === 'HEAD') return stream.end();
      const resumed =
        given !== null && compareEventIds(given, now) <= 0 && (await holdsJobEventsAfter(store, job, given));
      if (!resumed) await stream.send({ id: now, event: given === null ? 'job' : 'reset', data: toJobView(job) });
      await followJob(
        store,
        changes,
        { id, after: resumed ? given : now },
        { send: (event) => stream.send(event), signal },
      );
      stream.end();
    },
};

/** Throws `invalid_request` for what cannot be the id of an event. */
function lastEventId(request: Request): string | null {
  const header = request.get('last-event-id');
  const { last_event_id = null } = parse(jobEventsQuerySchema, request.query);
  if (!header) return last_event_id;
  return parse(jobEventsQuerySchema.shape.last_event_id, header, ['last_event_id']) ?? null;
}
