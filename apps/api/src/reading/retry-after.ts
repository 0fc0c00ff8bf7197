import type { Backlog } from '@packshot/jobs';

const MOST_SECONDS = 30;
/** One second more for so many items that wait, whoever's they are. */
const ITEMS_PER_SECOND = 10;
const KEEP_MS = 2000;

/**
 * When it is worth asking for a job again, in seconds: soon while little waits, seldom while much does. The backlog is counted
 * every other second at most, however many ask.
 */
export function createRetryAfter(backlog: Backlog): () => Promise<number> {
  let counted = { at: Number.NEGATIVE_INFINITY, seconds: Promise.resolve(1) };
  const count = async () => {
    const { interactive, bulk } = await backlog.depth();
    return retryAfterSeconds(interactive.items + bulk.items);
  };
  return () => {
    const now = performance.now();
    if (now - counted.at > KEEP_MS) counted = { at: now, seconds: count() };
    return counted.seconds;
  };
}

function retryAfterSeconds(waiting: number): number {
  return Math.min(MOST_SECONDS, Math.max(1, Math.ceil(waiting / ITEMS_PER_SECOND)));
}
