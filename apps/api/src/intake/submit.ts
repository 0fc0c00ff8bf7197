import { type ErrorCode, newId } from '@packshot/contracts';
import { type JobRecord, jobFacts, MOST_WAITED_FOR, queueItems, toJobView, wantsItemEvents } from '@packshot/jobs';
import { formatTrace } from '@packshot/service';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { baseUrl } from '../http/base-url';
import { principalOf } from '../http/principal';
import { chargeMegapixels, requireMegapixels } from '../http/rate-limit';
import { requestIdOf } from '../http/request-id';
import { traceOf } from '../http/trace-context';
import { type Claim, IDEMPOTENCY_ERRORS } from '../idempotency/idempotently';
import type { Arrival } from './arrival';
import type { BodyWatch } from './body-watch';
import type { Draft } from './draft';
import { settleBackgrounds } from './settle-backgrounds';
import { whileUploading } from './upload';

/** What a request that brings images may be refused with. */
export const SUBMIT_ERRORS: readonly ErrorCode[] = [
  ...IDEMPOTENCY_ERRORS,
  'invalid_request',
  'invalid_json',
  'invalid_multipart',
  'invalid_pipeline',
  'no_items',
  'too_many_items',
  'body_too_large',
  'unsupported_media_type',
  'invalid_item',
  'empty_file',
  'file_too_large',
  'image_too_large',
  'output_too_large',
  'no_cut_out',
  'unsupported_format',
  'invalid_base64',
  'invalid_url',
  'url_not_allowed',
  'source_not_allowed',
  'source_missing',
  'storage_error',
];

export interface Submission {
  /** Reads the body: what the job is to be, its files stored. */
  receive: (deps: Deps, request: Request, arrival: Arrival) => Promise<Draft>;
  watch: BodyWatch;
  claim: Claim | null;
}

/**
 * Makes a job of a request. Files are stored while they arrive; then one transaction makes the job. Before it there is nothing,
 * after it the job is accepted, whatever happens to this process. When the transaction's own outcome is unknown (Redis went
 * away in it), nothing is deleted here: if it failed, the mark of the upload is still there, and the sweeper clears the files
 * away.
 */
export async function submitJob(
  deps: Deps,
  request: Request,
  response: Response,
  { receive, watch, claim }: Submission,
): Promise<JobRecord> {
  const { config, jobs, logger } = deps;
  const principal = principalOf(response);
  const { tenant, sandbox } = principal;
  requireMegapixels(response);
  const jobId = newId('job');
  const draft = await whileUploading(deps, jobId, async () => {
    const received = await receive(deps, request, { jobId, tenant, watch });
    const settled = await settleBackgrounds(deps, tenant, received);
    await claim?.confirm();
    return settled;
  });
  const trace = traceOf(response);
  const job = await jobs.store.create(
    {
      id: jobId,
      ...draft,
      tenant,
      sandbox,
      itemEvents:
        draft.webhookEvents?.some((event) => event.startsWith('item.')) || (await wantsItemEvents(jobs.store, tenant)),
      trace: formatTrace(trace),
      traceState: trace.state,
      requestId: requestIdOf(response),
      baseUrl: baseUrl(request, config),
    },
    {
      also: (transaction, created) => {
        const view = toJobView(created);
        chargeMegapixels(transaction, { config, jobs }, principal, draft.items);
        claim?.keep(transaction, { status: 202, location: view.links.self, body: JSON.stringify(view) });
      },
    },
  );
  logger.info('job created', { ...jobFacts(job), priority: job.priority, sandbox });
  const queued = queueItems(jobs.store, jobs.queues, jobId).catch((error: unknown) => {
    logger.warn('queueing is left to the sweeper', { job: jobId, error });
  });
  // The job is accepted either way; the answer of a large one need not wait for its last message.
  if (job.counts.total <= MOST_WAITED_FOR) await queued;
  return job;
}
