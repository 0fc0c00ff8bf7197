import { randomUUID } from 'node:crypto';
import { type FileLinks, type JobStore, jobFacts, type Queues, removeJob, type Tended, tend } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import { jobPrefix, type ObjectStore } from '@packshot/storage';
import { type EmbeddingLimits, sweepEmbeddings } from './sweep-embeddings';
import { removeUploads } from './sweep-uploads';

export interface SweepContext {
  store: JobStore;
  queues: Queues;
  links: FileLinks;
  storage: ObjectStore;
  embeddings: EmbeddingLimits;
  logger: Logger;
}

const LOCK_MS = 60_000;
const ABANDONED_AFTER_MS = 3_600_000;
/** Most of the time passes in waiting for the store. */
const AT_ONCE = 8;
/** A round ends well before its lock does; the next one goes on. */
const ROUND_MS = 15_000;

const RELEASE_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * Finishes what dead processes began, and removes what has had its time. Every step may be repeated and may be cut off
 * anywhere; the lock only keeps several workers from doing the same at once. Gives what was done, or null when another
 * worker is at it.
 */
export async function sweep(
  context: SweepContext,
  now = Date.now(),
): Promise<(Tended & { removed: number; abandoned: number; uploads: number; embeddings: number }) | null> {
  const { store, queues, links, logger } = context;
  const lock = store.keys.lock('sweep');
  const token = randomUUID();
  if ((await store.redis.set(lock, token, 'PX', LOCK_MS, 'NX')) === null) return null;
  try {
    return {
      ...(await tend(store, queues, links, { now, onJobEnded: (job) => logger.info('job ended', jobFacts(job)) })),
      removed: await removeExpired(context, now),
      abandoned: await removeAbandoned(context, now),
      uploads: await removeUploads(context, now),
      embeddings: await removeEmbeddings(context, now),
    };
  } finally {
    await store.redis.eval(RELEASE_SCRIPT, 1, lock, token);
  }
}

/** Only room is lost when these stay until the next round. */
async function removeEmbeddings({ storage, embeddings, logger }: SweepContext, now: number): Promise<number> {
  return sweepEmbeddings(storage, embeddings, now).catch((error: unknown) => {
    logger.error('could not remove embeddings', { error });
    return 0;
  });
}

async function removeExpired(context: SweepContext, now: number): Promise<number> {
  const { store, storage, logger } = context;
  const due = (offset: number) => store.expired(now, { offset, count: AT_ONCE });
  return drain(context, due, async (jobId) => {
    const job = await store.get(jobId);
    const objects = {
      deleteJob: async (id: string) => void (await storage.deletePrefix(jobPrefix(id))),
      delete: (keys: readonly string[]) => storage.delete(keys),
    };
    if (!(await removeJob(store, jobId, objects, { dueAt: now }))) return false;
    logger.info('job deleted', { ...(job ? jobFacts(job) : { job: jobId }), reason: 'retention' });
    return true;
  });
}

/** Files of requests that were never completed: their API process died, or the client went away with it. */
async function removeAbandoned(context: SweepContext, now: number): Promise<number> {
  const { store, storage } = context;
  const due = (offset: number) => store.abandonedUploads(now - ABANDONED_AFTER_MS, { offset, count: AT_ONCE });
  return drain(context, due, async (jobId) => {
    // A committed job has left this list in the same step; this is for a list that was restored from elsewhere.
    if ((await store.get(jobId)) === null) await storage.deletePrefix(jobPrefix(jobId));
    await store.unmarkUploading(jobId);
    return true;
  });
}

/**
 * Removes what is due until nothing is, or the round's time is over: thousands of small jobs may come due between two rounds.
 * One that cannot be removed now must not keep the others: it is logged, passed over, and tried again in the next round.
 */
async function drain(
  { logger }: SweepContext,
  due: (offset: number) => Promise<readonly string[]>,
  remove: (jobId: string) => Promise<boolean>,
): Promise<number> {
  const deadline = Date.now() + ROUND_MS;
  let [done, passed] = [0, 0];
  while (Date.now() < deadline) {
    const jobIds = await due(passed);
    if (jobIds.length === 0) break;
    const results = await Promise.all(
      jobIds.map((jobId) =>
        remove(jobId).catch((error: unknown) => {
          logger.error('could not remove a job', { job: jobId, error });
          return null;
        }),
      ),
    );
    done += results.filter((removed) => removed === true).length;
    passed += results.filter((removed) => removed === null).length;
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
