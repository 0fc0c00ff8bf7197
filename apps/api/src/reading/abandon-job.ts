import type { JobRecord } from '@packshot/jobs';
import type { Deps } from '../deps';

/** Cancels the job of a client that waits no more; never throws. */
export async function abandonJob(
  { jobs, links, logger }: Pick<Deps, 'jobs' | 'links' | 'logger'>,
  job: JobRecord,
): Promise<void> {
  try {
    await jobs.cancel(job, links);
  } catch (error) {
    // It has ended meanwhile, or Redis is away; there is nobody to tell.
    logger.info('the job of a client that waits no more was not canceled', { job: job.id, error });
  }
}
