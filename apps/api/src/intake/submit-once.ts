import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { idempotently } from '../idempotency/idempotently';
import type { BodyWatch } from './body-watch';
import { type Submission, submitJob } from './submit';

interface SubmitOnce {
  /** As for `idempotently`. */
  operationId: string;
  watch: BodyWatch;
  receive: Submission['receive'];
  /** Given the id of the job; `replayed` when the request was served before, and this is the job of then. */
  answer: (jobId: string, replayed: boolean) => Promise<void> | void;
}

/** Makes the job of a request, one for each `Idempotency-Key`, for endpoints that answer with what becomes of it. */
export async function submitOnce(
  deps: Deps,
  request: Request,
  response: Response,
  { operationId, watch, receive, answer }: SubmitOnce,
): Promise<void> {
  await idempotently(
    deps,
    request,
    response,
    { operationId, watch, replay: async ({ location }) => answer(location.split('/').at(-1) ?? '', true) },
    async (claim) => answer((await submitJob(deps, request, response, { receive, watch, claim })).id, false),
  );
}
