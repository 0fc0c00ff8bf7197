import type { ItemStatus } from '@packshot/contracts';
import type { JobStore } from '../job-store';
import type { ItemRecord, JobRecord } from '../records';

/** Items looked at for one page at most, when only those of one status are wanted. */
const MOST_EXAMINED = 2000;

export interface ItemQuery {
  status?: ItemStatus | undefined;
  limit: number;
  /** Position in the job to begin at. */
  cursor: number;
}

export interface ItemPage {
  items: ItemRecord[];
  /** Where the next page begins; null when there is nothing more. With a status a page may be short and not be the last. */
  next: number | null;
}

/** A page of a job's items in the order of the request. */
export async function listItems(store: JobStore, job: JobRecord, query: ItemQuery): Promise<ItemPage> {
  const { status } = query;
  const { ids, next } = status === undefined ? await firstOf(store, job, query) : await withStatus(store, job, query);
  const items = await store.getItems(ids);
  return {
    items: status === undefined ? items : items.filter((item) => item.status === status),
    next: next < job.counts.total ? next : null,
  };
}

async function firstOf(store: JobStore, job: JobRecord, { limit, cursor }: ItemQuery) {
  return { ids: await store.itemIds(job.id, cursor, limit), next: cursor + limit };
}

/** Asks for the status alone before it reads whole items. */
async function withStatus(store: JobStore, job: JobRecord, { status, limit, cursor }: ItemQuery) {
  const candidates = await store.itemIds(job.id, cursor, MOST_EXAMINED);
  const pipeline = store.redis.pipeline();
  for (const id of candidates) pipeline.hget(store.keys.item(id), 'status');
  const statuses = (await pipeline.exec()) ?? [];
  const ids: string[] = [];
  let examined = 0;
  for (; examined < candidates.length && ids.length < limit; examined += 1) {
    const id = candidates[examined];
    if (id !== undefined && statuses[examined]?.[1] === status) ids.push(id);
  }
  return { ids, next: cursor + examined };
}
