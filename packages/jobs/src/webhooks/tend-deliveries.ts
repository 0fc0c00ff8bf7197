import type { JobStore } from '../job-store';
import type { Queues } from '../queue';
import { runScript } from '../run-script';
import { FORGET_DELIVERY_SCRIPT } from './delivery-scripts';

/** A delivery that nobody has looked at so long after its time has lost its message in the queue. */
const OVERDUE_MS = 60_000;
const CHUNK = 500;
/** More come due in busy hours than one chunk every few seconds; others want to be tended as well. */
const MOST_ROUNDS = 20;

/**
 * Queues pending deliveries whose time is long over: the process that was to queue them died, or their message was removed.
 * One that has a message still (it is only late) gets no second one, since message ids follow from the delivery.
 */
export async function requeueOverdue(store: JobStore, queues: Queues, now = Date.now()): Promise<number> {
  const { redis, keys } = store;
  const ids = await redis.zrangebyscore(keys.deliveriesPending, 0, now - OVERDUE_MS, 'LIMIT', 0, CHUNK);
  let queued = 0;
  for (const id of ids) {
    const [status, series] = await redis.hmget(keys.delivery(id), 'status', 'series');
    if (status === 'pending') {
      await queues.addDelivery(id, Number(series));
      // Looked after again in a minute, so that those behind it get their turn.
      await redis.zadd(keys.deliveriesPending, 'XX', now, id);
      queued += 1;
    } else await redis.zrem(keys.deliveriesPending, id);
  }
  return queued;
}

/** Forgets deliveries that ended long enough ago. Cut off anywhere, the next round goes on with what is left. */
export async function forgetDeliveries({ redis, keys }: JobStore, now = Date.now()): Promise<number> {
  let forgotten = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const ids = await redis.zrangebyscore(keys.deliveryExpiry, 0, now, 'LIMIT', 0, CHUNK);
    const tenants = await Promise.all(ids.map((id) => redis.hget(keys.delivery(id), 'tenant')));
    const gone = await Promise.all(
      ids.map((id, i) => {
        const places = [keys.delivery(id), keys.deliveriesOf(tenants[i] ?? ''), keys.deliveryExpiry];
        return runScript(redis, FORGET_DELIVERY_SCRIPT, places, [id, now]);
      }),
    );
    forgotten += gone.filter((reply) => reply === 1).length;
    if (ids.length < CHUNK) break;
  }
  return forgotten;
}
