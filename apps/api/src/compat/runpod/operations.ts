import { AppError, type ErrorCode } from '@packshot/contracts';
import { type JobRecord, waitForJob } from '@packshot/jobs';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Deps } from '../../deps';
import { parse } from '../../http/field-errors';
import { idParam } from '../../http/params';
import { visibleTenant } from '../../http/principal';
import type { Answer } from '../../http/route';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../../idempotency/idempotently';
import { watchBody } from '../../intake/body-watch';
import { SUBMIT_ERRORS } from '../../intake/submit';
import { submitOnce } from '../../intake/submit-once';
import { departure } from '../../reading/departure';
import { sendWithFile } from '../base64-json';
import { endpointOf, type Operation } from './operation';
import { purgeQueue } from './purge';
import { readRun, runSchema } from './request';
import { isOver, statusSchema, statusWithOutput, streamSchema } from './status';

/** So long an answer is held back where the client does not say. */
const WAIT_MS = 90_000;
/** The same for `/stream`, whose clients ask again at once. */
const STREAM_MS = 10_000;

const waitQuery = z.object({
  wait: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional()
    .describe(
      'milliseconds to hold the answer back until the job has ended: 1000 to 300000; 90000 by default, for /stream 10000',
    ),
});

/** Throws `not_found`. */
function find({ jobs }: Pick<Deps, 'jobs'>, request: Request, response: Response): Promise<JobRecord> {
  return jobs.store.require(idParam(request, 'job'), visibleTenant(response));
}

/** The job once it has ended, else as it is when the time is over or the client has left. */
async function waitFor(deps: Deps, request: Request, response: Response, id: string, timeoutMs: number) {
  deps.inFlight.stream(response);
  // Nothing moves on the connection meanwhile.
  request.socket.setTimeout(timeoutMs + 10_000);
  const asked = { id, tenant: visibleTenant(response) };
  return waitForJob(deps.jobs.store, deps.changes, asked, { timeoutMs, signal: departure(response), until: isOver });
}

function waitMs(request: Request, usual = WAIT_MS): number {
  const { wait = usual } = parse(waitQuery, request.query);
  return Math.min(300_000, Math.max(1000, Number(wait)));
}

async function sendStatus(deps: Deps, response: Response, job: JobRecord): Promise<void> {
  const [item] = await deps.jobs.store.listItems(job.id, 0, 1);
  const { body, file } = statusWithOutput(job, item);
  if (file) return sendWithFile(deps, response, body, file);
  response.json(body);
}

/** Makes the job of a request; `answer` is given its id, also when the request was served before. */
async function run(
  deps: Deps,
  request: Request,
  response: Response,
  { maxBytes, answer }: { maxBytes: number; answer: (jobId: string) => Promise<void> | void },
): Promise<void> {
  const endpoint = endpointOf(request);
  await submitOnce(deps, request, response, {
    operationId: 'runpod',
    watch: watchBody(deps, request, response, request.path),
    receive: (_deps, _request, arrival) => readRun(deps, request, arrival, { endpoint, maxBytes }),
    answer,
  });
}

const example = { input: { filename: 'my_photo.jpg', image_b64: 'iVBORw0KGgo=' } };
const body = { 'application/json': { schema: runSchema, example } };
const status = (description: string): Record<number, Answer> => ({ 200: { description, schema: statusSchema } });
const made = (description: string): Record<number, Answer> => ({
  200: { description, schema: statusSchema, headers: REPLAYED_HEADER },
});
const KNOWN: readonly ErrorCode[] = ['not_found'];

/** What the service and the worker by itself have in common. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'Run',
    method: 'POST',
    path: '/run',
    summary: 'Make a job of one image and go on',
    scope: 'submit',
    requestHeaders: IDEMPOTENCY_HEADER,
    body,
    answers: made('The job is accepted'),
    errors: [...SUBMIT_ERRORS, 'not_found'],
    handler: (deps) => (request, response) =>
      run(deps, request, response, {
        maxBytes: deps.config.RUNPOD_MAX_RUN_BYTES,
        answer: (id) => void response.json({ id, status: 'IN_QUEUE' }),
      }),
  },
  {
    name: 'RunSync',
    method: 'POST',
    path: '/runsync',
    summary: 'Make a job of one image and wait for its end',
    scope: 'submit',
    query: waitQuery,
    requestHeaders: IDEMPOTENCY_HEADER,
    body,
    answers: made('The job; with its output when it has ended in time'),
    errors: [...SUBMIT_ERRORS, 'not_found'],
    handler: (deps) => async (request, response) => {
      const timeoutMs = waitMs(request);
      await run(deps, request, response, {
        maxBytes: deps.config.RUNPOD_MAX_RUNSYNC_BYTES,
        answer: async (id) => sendStatus(deps, response, await waitFor(deps, request, response, id, timeoutMs)),
      });
    },
  },
  {
    name: 'Status',
    method: 'GET',
    path: '/status/:job',
    summary: 'How a job is doing, and its output',
    scope: 'read',
    answers: status('The job'),
    errors: KNOWN,
    handler: (deps) => async (request, response) => sendStatus(deps, response, await find(deps, request, response)),
  },
  {
    name: 'StatusSync',
    method: 'GET',
    path: '/status-sync/:job',
    summary: 'The same, when the job has ended or the time is over',
    scope: 'read',
    query: waitQuery,
    answers: status('The job'),
    errors: [...KNOWN, 'invalid_request'],
    handler: (deps) => async (request, response) => {
      const id = idParam(request, 'job');
      await sendStatus(deps, response, await waitFor(deps, request, response, id, waitMs(request)));
    },
  },
  {
    name: 'Stream',
    method: 'GET',
    path: '/stream/:job',
    summary: 'The output as soon as it is there, and once',
    scope: 'read',
    query: waitQuery,
    answers: { 200: { description: 'What there is to give', schema: streamSchema } },
    errors: [...KNOWN, 'invalid_request'],
    handler: (deps) => async (request, response) => {
      const id = idParam(request, 'job');
      const job = await waitFor(deps, request, response, id, waitMs(request, STREAM_MS));
      const [item] = await deps.jobs.store.listItems(job.id, 0, 1);
      const { body, file } = statusWithOutput(job, item);
      const { status, output, error } = body;
      const { redis, keys, retentionMs } = deps.jobs.store;
      // Clients ask until there is nothing more: what was given whole is not given again.
      const given = keys.facade('streamed', job.tenant, `${job.id}.${job.run}`);
      if (!file || (await redis.exists(given)) === 1) {
        return void response.json({ status, stream: [], ...(error !== undefined && { error }) });
      }
      await sendWithFile(deps, response, { status, stream: [{ metrics: {}, output }] }, file);
      await redis.set(given, '1', 'PX', retentionMs);
    },
  },
  {
    name: 'Cancel',
    method: 'POST',
    path: '/cancel/:job',
    summary: 'Cancel a job; one that has ended stays as it is',
    scope: 'submit',
    answers: status('The job'),
    errors: KNOWN,
    handler: (deps) => async (request, response) => {
      const job = await find(deps, request, response);
      if (isOver(job)) return sendStatus(deps, response, job);
      await deps.jobs.cancel(job, deps.links);
      response.json({ id: job.id, status: 'CANCELLED' });
    },
  },
  {
    name: 'Retry',
    method: 'POST',
    path: '/retry/:job',
    summary: 'Process a job again that has failed or timed out',
    scope: 'submit',
    answers: status('The job'),
    errors: [...KNOWN, 'conflict'],
    handler: (deps) => async (request, response) => {
      const job = await find(deps, request, response);
      const [item] = await deps.jobs.store.listItems(job.id, 0, 1);
      if (!['FAILED', 'TIMED_OUT'].includes(statusWithOutput(job, item).body.status)) {
        throw new AppError('conflict', 'Only a job that is FAILED or TIMED_OUT can be retried.');
      }
      await deps.jobs.retry(job, deps.links);
      response.json({ id: job.id, status: 'IN_QUEUE' });
    },
  },
  purgeQueue,
];
