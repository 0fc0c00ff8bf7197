import type { JobsConfig } from './config';
import { connectRedis } from './connection';
import { JobStore } from './job-store';
import { redisKeys } from './keys';
import { sendUnsent } from './outbox';
import { Queues } from './queue';
import type { JobRecord } from './records';
import { transition } from './transition';

export interface Jobs {
  store: JobStore;
  queues: Queues;
  /** Cancels what is queued at once and tells what runs to stop between stages; throws `not_found`, `conflict`. */
  cancel(jobId: string): Promise<JobRecord>;
  close(): Promise<void>;
}

/** Records and queues over one connection. `failFast` as in `connectRedis`. */
export function openJobs(config: JobsConfig, options: { failFast: boolean; name: string }): Jobs {
  const redis = connectRedis(config.REDIS_URL, options);
  const keys = redisKeys(config.REDIS_PREFIX);
  const store = new JobStore(redis, keys, config.RETENTION_HOURS * 3_600_000);
  const queues = new Queues(redis, keys);

  async function cancel(jobId: string): Promise<JobRecord> {
    await store.requestCancel(jobId);
    const { counts } = await store.require(jobId);
    for (let from = 0; from < counts.total; from += 500) {
      const items = await store.listItems(jobId, from, 500);
      const queued = items.filter((item) => item.status === 'queued');
      // A worker may start one meanwhile: the transition sees `cancelRequested` then, and cancels it there.
      await Promise.all(queued.map((item) => transition(store, item, 'cancel', { attempt: item.attempts })));
    }
    await sendUnsent(store, queues);
    return store.require(jobId);
  }

  return {
    store,
    queues,
    cancel,
    close: async () => {
      await queues.close();
      redis.disconnect();
    },
  };
}
