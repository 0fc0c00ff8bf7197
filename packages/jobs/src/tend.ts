import type { JobStore } from './job-store';
import { queueUnqueued, sendUnsent } from './outbox';
import type { Queues } from './queue';
import { reclaimItems } from './reclaim-items';
import type { JobRecord } from './records';
import { runScript } from './run-script';
import { ITEMS_AT_ONCE, transitionMany } from './transition';
import type { FileLinks } from './views';
import { forgetDeliveries, requeueOverdue } from './webhooks/tend-deliveries';

/** What tending found to do. */
export interface Tended {
  queued: number;
  webhooks: number;
  expired: number;
  reclaimed: number;
  topped_up: number;
  deliveries_requeued: number;
  deliveries_forgotten: number;
}

export interface TendOptions {
  now?: number;
  /** Told of each job that ended because its `ttl` was over. */
  onJobEnded?: (job: JobRecord) => void;
}

/**
 * Finishes what dead processes began, and what time brings: items that nobody queued, webhooks that nobody sent, items whose
 * `ttl` is over, items without messages, webhooks that were forgotten or are to be. Needs Redis alone, so every process may
 * do it; twice is once. A step that fails keeps none of the others from being done; then the first fault is thrown.
 */
export async function tend(
  store: JobStore,
  queues: Queues,
  links: FileLinks,
  { now = Date.now(), onJobEnded = () => {} }: TendOptions = {},
): Promise<Tended> {
  const faults: unknown[] = [];
  const step = (work: Promise<number>) =>
    work.catch((fault: unknown) => {
      faults.push(fault);
      return 0;
    });
  const done: Tended = {
    queued: await step(queueUnqueued(store, queues)),
    expired: await step(expireOverdue(store, now, onJobEnded)),
    reclaimed: await step(reclaimItems(store, queues.backlog)),
    topped_up: await step(queues.topUp()),
    webhooks: await step(sendUnsent(store, queues, links)),
    deliveries_requeued: await step(requeueOverdue(store, queues, now)),
    deliveries_forgotten: await step(forgetDeliveries(store, now)),
  };
  await queues.backlog.forgetTimes().catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
  return done;
}

/** Not when the job was retried meanwhile, and has a new deadline. KEYS ttl. ARGV job id, now. */
const PAST_SCRIPT = `
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) <= tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end
`;

/** Fails the items that were not started within the `ttl` of their job. */
async function expireOverdue(store: JobStore, now: number, onJobEnded: (job: JobRecord) => void): Promise<number> {
  const { redis, keys } = store;
  let expired = 0;
  for (const jobId of await redis.zrangebyscore(keys.ttl, 0, now, 'LIMIT', 0, 100)) {
    for (let from = 0; ; from += ITEMS_AT_ONCE) {
      const ids = await store.itemIds(jobId, from, ITEMS_AT_ONCE);
      if (ids.length === 0) break;
      const { applied, jobEnded } = await transitionMany(store, jobId, ids, 'expire');
      expired += applied;
      const job = jobEnded ? await store.get(jobId) : null;
      if (job) onJobEnded(job);
    }
    await runScript(redis, PAST_SCRIPT, [keys.ttl], [jobId, now]);
  }
  return expired;
}
