import type { JobStore } from './job-store';
import type { Queues } from './queue';
import { type Tended, type TendOptions, tend } from './tend';
import type { FileLinks } from './views';

export interface TendingOptions extends Required<Pick<TendOptions, 'onJobEnded'>> {
  intervalMs: number;
  onTended(done: Tended): void;
  onError(error: unknown): void;
}

/**
 * Tends every `intervalMs` until closed. Every process does it, so that items expire and outboxes empty as long as any of them
 * lives; whoever comes first in an interval has it, and nobody waits for one that died.
 */
export function tendRegularly(
  store: JobStore,
  queues: Queues,
  links: FileLinks,
  { intervalMs, onTended, onJobEnded, onError }: TendingOptions,
): { close(): Promise<void> } {
  let round: Promise<void> | undefined;
  const run = async () => {
    try {
      const lock = store.keys.lock('tend');
      // Never released: it runs out before the next round.
      if ((await store.redis.set(lock, '1', 'PX', Math.ceil(intervalMs * 0.8), 'NX')) === null) return;
      const done = await tend(store, queues, links, { onJobEnded });
      if (Object.values(done).some((count) => count > 0)) onTended(done);
    } catch (error) {
      onError(error);
    }
  };
  const timer = setInterval(() => {
    round ??= run().finally(() => {
      round = undefined;
    });
  }, intervalMs);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await round;
    },
  };
}
