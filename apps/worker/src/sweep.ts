import { randomUUID } from 'node:crypto';
import { type JobStore, type Queues, queueUnqueued, sendUnsent } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import { jobPrefix, type ObjectStore } from '@packshot/storage';

export interface SweepContext {
  store: JobStore;
  queues: Queues;
  storage: ObjectStore;
  logger: Logger;
}

const LOCK_MS = 60_000;
const ABANDONED_AFTER_MS = 3_600_000;

const RELEASE_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * Finishes what dead processes began, and removes what has had its time. Every step may be repeated and may be cut off
 * anywhere; the lock only keeps several workers from doing the same at once. Gives what was done, or null when another
 * worker is at it.
 */
export async function sweep(
  context: SweepContext,
  now = Date.now(),
): Promise<{ queued: number; webhooks: number; expired: number; abandoned: number } | null> {
  const { store, queues } = context;
  const lock = `${store.keys.bullPrefix}:lock:sweep`;
  const token = randomUUID();
  if ((await store.redis.set(lock, token, 'PX', LOCK_MS, 'NX')) === null) return null;
  try {
    return {
      queued: await queueUnqueued(store, queues),
      webhooks: await sendUnsent(store, queues),
      expired: await removeExpired(context, now),
      abandoned: await removeAbandoned(context, now),
    };
  } finally {
    await store.redis.eval(RELEASE_SCRIPT, 1, lock, token);
  }
}

/** Objects first: a record without objects can be swept again, objects without a record cannot be found. */
async function removeExpired(context: SweepContext, now: number): Promise<number> {
  const { store, storage } = context;
  return countDone(context, await store.expired(now), async (jobId) => {
    await storage.deletePrefix(jobPrefix(jobId));
    await store.remove(jobId);
  });
}

/** Files of requests that were never completed: their API process died, or the client went away with it. */
async function removeAbandoned(context: SweepContext, now: number): Promise<number> {
  const { store, storage } = context;
  return countDone(context, await store.abandonedUploads(now - ABANDONED_AFTER_MS), async (jobId) => {
    // A committed job has left this list in the same step; this is for a list that was restored from elsewhere.
    if ((await store.get(jobId)) === null) await storage.deletePrefix(jobPrefix(jobId));
    await store.unmarkUploading(jobId);
  });
}

/** One job that cannot be removed now must not keep the others: it is logged, and tried again in the next round. */
async function countDone(
  { logger }: SweepContext,
  jobIds: readonly string[],
  remove: (jobId: string) => Promise<void>,
): Promise<number> {
  let done = 0;
  for (const jobId of jobIds) {
    try {
      await remove(jobId);
      done += 1;
    } catch (error) {
      logger.error('could not remove a job', { job: jobId, error });
    }
  }
  return done;
}

/** Sweeps now and then every `intervalMs` until closed; a fault is logged and the next round tries again. */
export function startSweeping(context: SweepContext, intervalMs: number): { close(): Promise<void> } {
  let round: Promise<void> = Promise.resolve();
  let busy = false;
  const run = async () => {
    if (busy) return;
    busy = true;
    try {
      const done = await sweep(context);
      if (done && Object.values(done).some((count) => count > 0)) context.logger.info('swept', done);
    } catch (error) {
      context.logger.error('sweep failed', { error });
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => {
    round = run();
  }, intervalMs);
  round = run();
  return {
    close: async () => {
      clearInterval(timer);
      await round;
    },
  };
}
