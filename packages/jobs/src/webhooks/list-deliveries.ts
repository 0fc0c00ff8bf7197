import type { ListDeliveries } from '@packshot/contracts';
import type { JobStore } from '../job-store';
import { type DeliveryRecord, parseDelivery } from './deliveries';

/** What a list shows; bodies and attempts are left where they are. */
const FIELDS = [
  ...['id', 'tenant', 'messageId', 'type', 'jobId', 'endpointId', 'url', 'status', 'series', 'tries'],
  ...['attemptCount', 'nextAttemptAt', 'createdAt', 'endedAt'],
];
const STEP = 200;
/** So many are looked at for one page, however few of them a filter lets through. */
const MOST_READ = 2000;

/**
 * A tenant's deliveries, newest first. `next` is the cursor of the next page, or null on the last; the ids stand for their
 * place, so what is added meanwhile moves nothing.
 */
export async function listDeliveries(
  store: JobStore,
  tenant: string,
  { job, endpoint, status, limit, cursor }: ListDeliveries,
): Promise<{ deliveries: DeliveryRecord[]; next: string | null }> {
  const { redis, keys } = store;
  const index = keys.deliveriesOf(tenant);
  const found: DeliveryRecord[] = [];
  let rank = cursor === undefined ? 0 : await rankAfter(store, index, cursor);
  for (let read = 0; read < MOST_READ; ) {
    const ids = await redis.zrevrange(index, rank, rank + STEP - 1);
    if (ids.length === 0) return { deliveries: found, next: null };
    const records = await Promise.all(ids.map((id) => redis.hmget(keys.delivery(id), ...FIELDS)));
    for (const [i, values] of records.entries()) {
      const delivery = parseDelivery(Object.fromEntries(FIELDS.map((name, at) => [name, values[at] ?? null])));
      const wanted =
        delivery &&
        (job === undefined || delivery.jobId === job) &&
        (endpoint === undefined || delivery.endpointId === endpoint) &&
        (status === undefined || delivery.status === status);
      if (!wanted) continue;
      found.push(delivery);
      if (found.length < limit) continue;
      const more = i + 1 < ids.length || (await redis.zcard(index)) > rank + ids.length;
      return { deliveries: found, next: more ? delivery.id : null };
    }
    rank += ids.length;
    read += ids.length;
    if (read >= MOST_READ) return { deliveries: found, next: ids.at(-1) ?? null };
  }
  return { deliveries: found, next: null };
}

/** The place behind a delivery, also when it is forgotten by now: ids begin with the time that the index is ordered by. */
async function rankAfter({ redis }: JobStore, index: string, cursor: string): Promise<number> {
  const rank = await redis.zrevrank(index, cursor);
  if (rank !== null) return rank + 1;
  const time = Number.parseInt(cursor.slice(4).replaceAll('-', '').slice(0, 12), 16);
  return redis.zcount(index, `(${time}`, '+inf');
}
