import type { Backlog } from './fairness/backlog';
import type { JobStore } from './job-store';
import { transition } from './transition';

/**
 * Has an item whose message is gone carried by another; true when it waits again. A message goes without its item when it was
 * dropped after too many faults, or when somebody removed it by hand.
 */
async function reclaimItem(
  store: JobStore,
  backlog: Backlog,
  { messageId, itemId }: { messageId: string; itemId: string },
): Promise<boolean> {
  for (;;) {
    const { putBack, processing } = await backlog.reclaim(messageId, itemId);
    if (processing === null) return putBack;
    const { jobId, attempt } = processing;
    await transition(store, { id: itemId, jobId }, 'requeue', { attempt });
  }
}

/**
 * The same for all items that lost their message; gives how many wait again. It also forgets what processes that died did not
 * write back of items that have ended.
 */
export async function reclaimItems(store: JobStore, backlog: Backlog): Promise<number> {
  let reclaimed = 0;
  for await (const lost of backlog.lost()) if (await reclaimItem(store, backlog, lost)) reclaimed += 1;
  return reclaimed;
}
