import { jobPrefix } from '@packshot/storage';
import type { Deps } from '../deps';

/** The sweeper takes an upload for abandoned after an hour without a sign of life. */
const SIGN_OF_LIFE_MS = 60_000;

/**
 * Runs `receive`, which stores the files of a job that does not exist yet. When it throws, they are deleted again; when this
 * process dies meanwhile, the sweeper finds the mark that was made before the first byte, and deletes them.
 *
 * No mark is made after this has resolved: it would outlive the job's commit, and the sweeper would delete a job's files.
 */
export async function whileUploading<T>(
  { jobs: { store }, storage, logger }: Pick<Deps, 'jobs' | 'storage' | 'logger'>,
  jobId: string,
  receive: () => Promise<T>,
): Promise<T> {
  let mark = store.markUploading(jobId);
  await mark;
  const timer = setInterval(() => {
    mark = store.markUploading(jobId).catch((error: unknown) => {
      logger.warn('could not renew the mark of an upload', { job_id: jobId, error });
    });
  }, SIGN_OF_LIFE_MS);
  try {
    return await receive();
  } catch (error) {
    clearInterval(timer);
    await mark;
    await discard();
    throw error;
  } finally {
    clearInterval(timer);
    await mark;
  }

  async function discard(): Promise<void> {
    try {
      await storage.deletePrefix(jobPrefix(jobId));
      await store.unmarkUploading(jobId);
    } catch (error) {
      logger.warn('a refused upload is left to the sweeper', { job_id: jobId, error });
    }
  }
}
