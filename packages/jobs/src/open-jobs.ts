import type { JobsConfig } from './config';
import { connectRedis } from './connection';
import { Backlog } from './fairness/backlog';
import { JobStore } from './job-store';
import { redisKeys } from './keys';
import { queueItems, sendUnsent } from './outbox';
import { Queues } from './queue';
import type { JobRecord } from './records';
import { ITEMS_AT_ONCE, transitionMany } from './transition';
import type { FileLinks } from './views';

const HOUR_MS = 3_600_000;

/** Messages and webhooks of jobs with at most so many items are in their queues when the answer to a request goes out. */
export const MOST_WAITED_FOR = 1000;

export interface Jobs {
  store: JobStore;
  queues: Queues;
  backlog: Backlog;
  /** Cancels what is queued at once and tells what runs to stop between stages; throws `conflict`. */
  cancel(job: JobRecord, links: FileLinks): Promise<JobRecord>;
  /** Opens the run after `job.run` of a job that has ended, unless that was done already; throws `conflict`. */
  retry(job: JobRecord, links: FileLinks): Promise<JobRecord>;
  close(): Promise<void>;
}

/** Records and queues over one connection. `failFast` as in `connectRedis`. */
export function openJobs(config: JobsConfig, options: { failFast: boolean; name: string }): Jobs {
  const redis = connectRedis(config, options);
  const keys = redisKeys(config.REDIS_PREFIX);
  const store = new JobStore(redis, keys, config.RETENTION_HOURS * HOUR_MS, config.WEBHOOK_LOG_HOURS * HOUR_MS);
  const rules = { headStartMegapixels: config.INTERACTIVE_HEAD_START_MEGAPIXELS, streak: config.INTERACTIVE_STREAK };
  const backlog = new Backlog(redis, keys, rules);
  const queues = new Queues(redis, keys, backlog);

  async function cancel(job: JobRecord, links: FileLinks): Promise<JobRecord> {
    await store.requestCancel(job);
    for (let from = 0; from < job.counts.total; from += ITEMS_AT_ONCE) {
      // A worker may start one meanwhile: the transition sees the wish to cancel then, and cancels it there.
      await transitionMany(store, job.id, await store.itemIds(job.id, from, ITEMS_AT_ONCE), 'cancel', ['queued']);
    }
    // It is canceled whatever becomes of this, which tending would do as well.
    const told = sendUnsent(store, queues, links, { jobId: job.id }).catch(() => {});
    if (job.counts.total <= MOST_WAITED_FOR) await told;
    return store.require(job.id, null);
  }

  async function retry(job: JobRecord, links: FileLinks): Promise<JobRecord> {
    // What is told of an item is the item as it is then: after this it will not be as it ended.
    await sendUnsent(store, queues, links, { jobId: job.id });
    await store.retry(job.id).catch(async (error: unknown) => {
      // A command whose answer was lost with the connection is sent again, and refused because it has happened already.
      if ((await store.get(job.id))?.run !== job.run + 1) throw error;
    });
    // So would tending.
    const queued = queueItems(store, queues, job.id).catch(() => {});
    if (job.counts.total <= MOST_WAITED_FOR) await queued;
    return store.require(job.id, null);
  }

  return {
    store,
    queues,
    backlog,
    cancel,
    retry,
    close: async () => {
      await backlog.flush().catch(() => {});
      await queues.close();
      redis.disconnect();
    },
  };
}
