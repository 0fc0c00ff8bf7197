import type { JobStore } from '../job-store';
import type { JobRecord } from '../records';
import type { Changes } from './changes';

export interface WaitOptions {
  timeoutMs: number;
  /** Ends the wait: whoever asked has left. */
  signal: AbortSignal;
  /** What is being waited for. */
  until: (job: JobRecord) => boolean;
}

/**
 * Gives the job as soon as it is as wanted, else as it is when the time is over. Throws `not_found` as `JobStore.require`
 * does, also when the job is deleted meanwhile.
 */
export async function waitForJob(
  store: JobStore,
  changes: Changes,
  { id, tenant }: { id: string; tenant: string | null },
  { timeoutMs, signal, until }: WaitOptions,
): Promise<JobRecord> {
  const deadline = performance.now() + timeoutMs;
  const watch = changes.watch(id);
  signal.addEventListener('abort', watch.close, { once: true });
  try {
    for (;;) {
      const job = await store.require(id, tenant);
      const left = deadline - performance.now();
      if (until(job) || left <= 0 || signal.aborted || changes.stopped) return job;
      await watch.changed(left);
    }
  } finally {
    signal.removeEventListener('abort', watch.close);
    watch.close();
  }
}
