import { AppError, type ErrorCode } from '@packshot/contracts';
import { type JobRecord, listJobs, listWorkers, waitForJob } from '@packshot/jobs';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { idParam } from '../http/params';
import { principalOf, visibleTenant } from '../http/principal';
import type { Answer, Route } from '../http/route';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { watchBody } from '../intake/body-watch';
import { SUBMIT_ERRORS } from '../intake/submit';
import { submitOnce } from '../intake/submit-once';
import { departure } from '../reading/departure';
import { sendWithFile } from './base64-json';
import { runPodErrors, takeBareKey } from './runpod/errors';
import { readRun, runSchema } from './runpod/request';
import { isOver, statusSchema, statusWithOutput, streamSchema } from './runpod/status';

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

const healthSchema = z
  .object({
    jobs: z
      .object({ completed: z.int(), failed: z.int(), inProgress: z.int(), inQueue: z.int(), retried: z.int() })
      .describe("the tenant's own, as far as they are kept; `retried` is not counted"),
    workers: z.object({
      idle: z.int(),
      initializing: z.int(),
      ready: z.int(),
      running: z.int(),
      throttled: z.int(),
    }),
  })
  .meta({ id: 'RunPodHealth' });

const purgedSchema = z.object({ removed: z.int(), status: z.literal('completed') }).meta({ id: 'RunPodPurged' });

/** Names an endpoint in a path; anything does. */
const endpointName = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/);

const endpointOf = (request: Request) => {
  const { endpoint } = request.params;
  const parsed = endpointName.or(z.undefined()).safeParse(endpoint);
  if (!parsed.success) throw new AppError('not_found', 'That is not the name of an endpoint.');
  return parsed.data ?? '';
};

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

type Operation = Pick<Route, 'method' | 'path' | 'summary' | 'scope' | 'answers' | 'errors' | 'handler'> &
  Partial<Route> & { name: string };

const example = { input: { filename: 'my_photo.jpg', image_b64: 'iVBORw0KGgo=' } };
const body = { 'application/json': { schema: runSchema, example } };
const status = (description: string): Record<number, Answer> => ({ 200: { description, schema: statusSchema } });
const made = (description: string): Record<number, Answer> => ({
  200: { description, schema: statusSchema, headers: REPLAYED_HEADER },
});
const KNOWN: readonly ErrorCode[] = ['not_found'];

const OPERATIONS: readonly Operation[] = [
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
  {
    name: 'PurgeQueue',
    method: 'POST',
    path: '/purge-queue',
    summary: "Cancel the tenant's jobs of this endpoint that have not begun",
    scope: 'submit',
    answers: { 200: { description: 'How many there were', schema: purgedSchema } },
    errors: KNOWN,
    handler: (deps) => async (request, response) => {
      const removed = await purge(deps, principalOf(response).tenant, endpointOf(request));
      response.json({ removed, status: 'completed' });
    },
  },
];

async function purge({ jobs, links }: Pick<Deps, 'jobs' | 'links'>, tenant: string, endpoint: string): Promise<number> {
  let removed = 0;
  let cursor: string | undefined;
  do {
    const page = await listJobs(jobs.store, { tenant, status: 'queued', limit: 100, cursor });
    for (const job of page.jobs) {
      if (job.facade?.name !== 'runpod' || job.facade.endpoint !== endpoint) continue;
      // One that has ended or begun meanwhile is not in the queue any more.
      const done = await jobs.cancel(job, links).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'conflict') return false;
          throw error;
        },
      );
      if (done) removed += 1;
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return removed;
}

/** Only below `/v2`: the address itself has our own. */
const health: Operation = {
  name: 'Health',
  method: 'GET',
  path: '/health',
  summary: "The tenant's jobs by state, and the workers",
  scope: 'read',
  answers: { 200: { description: 'Figures of this moment', schema: healthSchema } },
  errors: KNOWN,
  handler:
    ({ jobs: { store } }) =>
    async (_request, response) => {
      const { tenant } = principalOf(response);
      const count = (state: JobRecord['status']) => store.redis.zcard(store.keys.jobsWithStatus(tenant, state));
      const [completed, failed, expired, inProgress, inQueue, workers] = await Promise.all([
        count('succeeded'),
        count('failed'),
        count('expired'),
        count('processing'),
        count('queued'),
        listWorkers(store),
      ]);
      const ready = workers.filter(({ state }) => state === 'ready');
      const running = ready.filter(({ busy }) => busy > 0).length;
      response.json({
        jobs: { completed, failed: failed + expired, inProgress, inQueue, retried: 0 },
        workers: {
          idle: ready.length - running,
          initializing: workers.filter(({ state }) => state === 'starting').length,
          ready: ready.length,
          running,
          throttled: 0,
        },
      });
    },
};

/** What the answer to a new job leads to. */
function linked(answers: Route['answers'], prefix: string, kind: string): Route['answers'] {
  const parameters = { ...(prefix !== '' && { endpoint: '$request.path.endpoint' }), job: '$response.body#/id' };
  const names = ['Status', 'StatusSync', 'Stream', 'Cancel', 'Retry'];
  const links = Object.fromEntries(names.map((name) => [kind + name, parameters]));
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, { ...answer, links }]));
}

const routes = (prefix: string, kind: string, operations: readonly Operation[]): Route[] =>
  operations.map(({ name, path, ...operation }) => ({
    ...operation,
    path: prefix + path,
    ...(operation.body && { answers: linked(operation.answers, prefix, kind) }),
    operationId: `${kind}${name}`,
    tag: 'runpod',
    errorForm: runPodErrors,
    prepare: takeBareKey,
    ...(prefix !== '' && { params: { endpoint: endpointName } }),
  }));

/** The worker's own local server has no `GET /status`. */
const asPost = OPERATIONS.filter(({ name }) => name === 'Status' || name === 'Stream').map(
  (operation): Operation => ({ ...operation, method: 'POST', name: `${operation.name}Post` }),
);

/** The endpoint of RunPod's service, and without a prefix what the worker serves when it runs by itself. */
export const runPod: readonly Route[] = [
  ...routes('/v2/:endpoint', 'runpod', [...OPERATIONS, health]),
  ...routes('', 'runpodLocal', [...OPERATIONS, ...asPost]),
];
