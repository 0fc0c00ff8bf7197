import { AppError } from '@packshot/contracts';
import { Redis } from 'ioredis';

/** A Redis that hangs holds a request no longer than this. */
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * A connection to Redis. With `failFast` (for the API) a command fails at once while Redis is away, and after ten seconds
 * when it hangs; without (for workers) it waits for Redis to come back.
 */
export function connectRedis(url: string, { failFast, name }: { failFast: boolean; name: string }): Redis {
  return new Redis(url, {
    connectionName: name,
    enableOfflineQueue: !failFast,
    maxRetriesPerRequest: failFast ? 1 : null,
    ...(failFast && { commandTimeout: COMMAND_TIMEOUT_MS }),
    retryStrategy: (times) => Math.min(times * 100, 2000),
  });
}

/** Waits until Redis answers; throws `backend_unavailable` after `timeoutMs`. */
export async function waitForRedis(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      redis.off('ready', ready);
      reject(new AppError('backend_unavailable', 'Redis does not answer.'));
    }, timeoutMs);
    const ready = () => {
      clearTimeout(timer);
      resolve();
    };
    redis.once('ready', ready);
  });
}

/** A Redis that evicts keys loses jobs: anything but `noeviction` is refused where it can be asked. */
export async function evictionPolicy(redis: Redis): Promise<string | null> {
  const info = await redis.info('memory');
  return /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? null;
}
