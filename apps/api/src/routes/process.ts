import { isTerminal, jobViewSchema, processFormContract, processQuerySchema, processSchema } from '@packshot/contracts';
import { resultName, toJobView, waitForJob } from '@packshot/jobs';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import type { InFlight } from '../http/in-flight';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../idempotency/idempotently';
import { watchBody } from '../intake/body-watch';
import { imageReceiver } from '../intake/process-image';
import { SUBMIT_ERRORS } from '../intake/submit';
import { submitOnce } from '../intake/submit-once';
import { abandonJob } from '../reading/abandon-job';
import { departure } from '../reading/departure';
import { finished, ITEM_ERRORS } from '../reading/item-outcome';
import { preferredWait } from '../reading/wait-seconds';

const USUAL_WAIT_SECONDS = 30;

const jobHeaders = { Location: 'address of the job', 'X-Job-Id': 'id of the job', ...REPLAYED_HEADER };
const image = z.file().meta({ description: 'The image itself; `pipeline` or `preset` are in the query.' });

/** A job of one item like any other, in the interactive lane; the answer is held back until it has ended. */
export const processImage: Route = {
  method: 'POST',
  path: '/process',
  summary: 'One image in, the finished image out; when it takes longer than `wait`, the job',
  operationId: 'processImage',
  tag: 'jobs',
  scope: 'submit',
  query: processQuerySchema,
  requestHeaders: {
    ...IDEMPOTENCY_HEADER,
    Prefer: '`wait=n`, as the query parameter `wait`; `respond-async` alone, not to wait at all (RFC 7240)',
  },
  body: {
    'application/json': {
      schema: processSchema,
      example: { url: 'https://shop.example/shoe.jpg', pipeline: { background: true } },
    },
    'multipart/form-data': { schema: processFormContract },
    'image/*': { schema: image },
  },
  answers: {
    200: {
      description: 'The finished image',
      mediaType: 'image/*',
      headers: { ...jobHeaders, ETag: 'SHA-256 of the image', 'Preference-Applied': 'that `Prefer: wait` was heeded' },
    },
    202: {
      description: 'It takes longer: the job to follow',
      schema: jobViewSchema,
      headers: { ...jobHeaders, 'Retry-After': 'seconds after which to ask for it' },
      links: { getJob: { job: '$response.body#/id' }, cancelJob: { job: '$response.body#/id' } },
    },
  },
  errors: [...SUBMIT_ERRORS, ...ITEM_ERRORS],
  handler: (deps) => async (request, response) => {
    const query = parse(processQuerySchema, request.query);
    const seconds = query.wait ?? preferredWait(request, response) ?? USUAL_WAIT_SECONDS;
    const receive = imageReceiver(request, query);
    const watch = watchBody(deps, request, response, JSON.stringify([query.pipeline, query.preset]));
    const answer = (jobId: string) =>
      answerWithResult(deps, request, response, {
        jobId,
        seconds,
        cancelOnDisconnect: query.cancel_on_disconnect === 'true',
      });
    // Whoever asks again waits for the same job.
    await submitOnce(deps, request, response, { operationId: 'processImage', watch, receive, answer });
  },
};

/** Waits for the job, and answers with the image, with the job when it takes longer, or with why there is none. */
async function answerWithResult(
  deps: Deps,
  request: Request,
  response: Response,
  { jobId, seconds, cancelOnDisconnect }: { jobId: string; seconds: number; cancelOnDisconnect: boolean },
): Promise<void> {
  const { jobs, changes, inFlight } = deps;
  const signal = departure(response);
  const { tenant } = principalOf(response);
  const job = await waitForJob(
    jobs.store,
    changes,
    { id: jobId, tenant },
    {
      // Without room for one more who waits, the answer is the job.
      timeoutMs: mayWait(inFlight, response) ? seconds * 1000 : 0,
      signal,
      until: ({ status }) => isTerminal(status),
    },
  );
  const ended = isTerminal(job.status);
  if (signal.aborted) {
    if (!ended && cancelOnDisconnect) await abandonJob(deps, job);
    return;
  }
  const view = toJobView(job);
  response.set({ Location: view.links.self, 'X-Job-Id': jobId });
  if (!ended) return void response.status(202).set('Retry-After', '1').json(view);
  const [last] = await jobs.store.listItems(jobId, 0, 1);
  const item = finished(last);
  return sendFile(deps, request, response, {
    file: item.result,
    name: resultName(item, item.result.content_type),
  });
}

function mayWait(inFlight: InFlight, response: Response): boolean {
  try {
    inFlight.stream(response);
    return true;
  } catch {
    return false;
  }
}
