import {
  AppError,
  isTerminal,
  type Pipeline,
  type PipelineRequest,
  pipelineSchema,
  resolvePipeline,
} from '@packshot/contracts';
import { type ItemRecord, type JobRecord, type NewItem, type StoredFile, waitForJob } from '@packshot/jobs';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { principalOf } from '../http/principal';
import { watchBody } from '../intake/body-watch';
import { type Draft, draftOf, type JobFields, settleItems } from '../intake/draft';
import type { Submission } from '../intake/submit';
import { submitOnce } from '../intake/submit-once';
import { abandonJob } from '../reading/abandon-job';
import { departure } from '../reading/departure';
import { finished } from '../reading/item-outcome';

/** A finished image, and what made it. */
export interface Done {
  job: JobRecord;
  item: ItemRecord;
  file: StoredFile;
}

interface OneImage {
  operationId: string;
  /** Reads the body: one image, and what to do with it. */
  receive: Submission['receive'];
  answer: (done: Done) => Promise<void>;
}

/**
 * The way of every façade that answers with an image: a job of one item in the interactive lane, like any other, and the
 * answer when it has ended. When nobody waits for it any more it is canceled, unless it has an `Idempotency-Key`, with which
 * the same request may come again. Throws what the request or its image is refused with.
 */
export async function answerWithImage(
  deps: Deps,
  request: Request,
  response: Response,
  { operationId, receive, answer }: OneImage,
): Promise<void> {
  const watch = watchBody(deps, request, response, request.url);
  await submitOnce(deps, request, response, {
    operationId,
    watch,
    receive: async (...args) => {
      const draft = await receive(...args);
      // Before there is a job: without room for one more who waits, nothing has been done yet.
      deps.inFlight.stream(response);
      return draft;
    },
    answer: async (jobId, replayed) => {
      if (replayed) deps.inFlight.stream(response);
      const done = await waitForImage(deps, request, response, jobId);
      if (done) await answer(done);
    },
  });
}

/** The image of this job once it is there; null when the client has left. */
async function waitForImage(deps: Deps, request: Request, response: Response, jobId: string): Promise<Done | null> {
  const { config, jobs, changes } = deps;
  const seconds = config.FACADE_WAIT_SECONDS;
  // Nothing moves on the connection meanwhile.
  request.socket.setTimeout((seconds + 10) * 1000);
  const signal = departure(response);
  const asked = { id: jobId, tenant: principalOf(response).tenant };
  const until = ({ status }: JobRecord) => isTerminal(status);
  const job = await waitForJob(jobs.store, changes, asked, { timeoutMs: seconds * 1000, signal, until });
  response.set('X-Job-Id', jobId);
  if (!isTerminal(job.status)) {
    if (request.get('idempotency-key') === undefined) await abandonJob(deps, job);
    if (signal.aborted) return null;
    if (changes.stopped) throw new AppError('overloaded', 'The server is being stopped: send the image again.');
    throw new AppError('timed_out', `The image was not finished within ${seconds} s.`);
  }
  const [last] = await jobs.store.listItems(jobId, 0, 1);
  const item = finished(last);
  return { job, item, file: item.result };
}

/**
 * The draft of a job of one image, which a bad image refuses; interactive unless `fields` say otherwise. `facade`: what the
 * answers to it will need.
 */
export async function draftOfImage(
  deps: Deps,
  jobId: string,
  item: NewItem,
  pipeline: Pipeline,
  { facade, ...fields }: Partial<JobFields> & { facade?: Record<string, string> } = {},
): Promise<Draft> {
  const items = await settleItems(deps, jobId, [item], { pipeline, strict: true, single: true });
  const draft = draftOf({ metadata: {}, strict: true, priority: 'interactive', ...fields }, pipeline, items);
  return { ...draft, ...(facade && { facade }) };
}

/** A pipeline as clients write it, in its canonical form. Throws `invalid_pipeline`. */
export function pipelineOf(request: PipelineRequest): Pipeline {
  return resolvePipeline(parse(pipelineSchema, request, ['pipeline']));
}
