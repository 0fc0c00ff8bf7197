import { type ItemError, type ItemView, isTerminal } from '@packshot/contracts';
import type { Packshot } from '@packshot/sdk';
import { Pool } from './pool';

type EndedItem = Pick<ItemView, 'id' | 'status' | 'index'> & { error: ItemError | null };

export interface FollowOptions<T> {
  signal: AbortSignal;
  /** Called once for each of the awaited items that has ended; several at the same time. */
  onEnd(awaited: T, item: EndedItem): Promise<void>;
}

const AT_ONCE = 4;

/** Tells of each awaited item of a job, by its index, when it has ended. @throws not_found when the job is gone */
export async function followItems<T>(
  packshot: Packshot,
  jobId: string,
  awaited: Map<number, T>,
  { signal, onEnd }: FollowOptions<T>,
): Promise<void> {
  const pool = new Pool(AT_ONCE);
  const take = async ({ id, index, status, error }: EndedItem) => {
    const value = awaited.get(index);
    if (value === undefined || !isTerminal(status)) return;
    awaited.delete(index);
    const reason =
      status === 'canceled' ? { code: 'canceled' as const, message: 'The job was canceled.', retryable: false } : error;
    await pool.add(() => onEnd(value, { id, index, status, error: reason }));
  };
  const look = async () => {
    for await (const item of packshot.jobs.items(jobId, {}, { signal })) await take(item);
  };
  try {
    for await (const event of packshot.jobs.events(jobId, { signal })) {
      if (event.type === 'item') await take(event.data);
      // The stream begins with the job as it is; from there on nothing that happens is missed.
      else if (event.type === 'reset' || (event.type === 'job' && awaited.size > 0)) await look();
      if (awaited.size === 0) break;
    }
    if (awaited.size > 0) await look();
  } finally {
    await pool.end();
  }
}
