import { AppError, newId } from '@packshot/contracts';
import { queueItems, toJobView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import type { Route } from '../http/route';
import { jsonJob } from '../intake/json-job';
import { multipartJob } from '../intake/multipart-job';
import { whileUploading } from '../intake/upload';

/** Bytes, text, parsed strings and decoded images. */
const JSON_COPIES = 4;

/**
 * Files are stored while they arrive; then one transaction makes the job. Before it there is nothing, after it the job is
 * accepted, whatever happens to this process. When the transaction's own outcome is unknown (Redis went away in it), nothing
 * is deleted here: if it failed, the mark of the upload is still there, and the sweeper clears the files away.
 */
export const createJob: Route = {
  method: 'POST',
  path: '/jobs',
  summary: 'Hand in images, as files or as JSON, to be processed with one pipeline',
  statuses: [202, 400, 401, 413, 415, 422, 503],
  handler: (deps) => async (request, response) => {
    const { config, inFlight, jobs, logger, metrics } = deps;
    const receive = request.is('multipart/form-data') ? multipartJob : request.is('application/json') ? jsonJob : null;
    if (!receive) {
      throw new AppError('unsupported_media_type', 'Send multipart/form-data or application/json.');
    }
    const jobId = newId('job');
    const body = inFlight.countBody(request, receive === jsonJob ? JSON_COPIES : 1);
    const arrived = (bytes: number) => {
      metrics.countUpload(bytes);
      body.arrived(bytes);
    };
    response.once('close', body.release);
    const draft = await whileUploading(deps, jobId, () => receive(deps, request, jobId, arrived));
    const job = await jobs.store.create({ id: jobId, ...draft, baseUrl: baseUrl(request, config) });
    await queueItems(jobs.store, jobs.queues, jobId).catch((error: unknown) => {
      logger.warn('queueing is left to the sweeper', { job_id: jobId, error });
    });
    const view = toJobView(job);
    response.status(202).set({ Location: view.links.self, 'Retry-After': '1' }).json(view);
  },
};
