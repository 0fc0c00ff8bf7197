import { AppError } from '@packshot/contracts';
import { Redis } from 'ioredis';

/**
 * A connection to Redis. `failFast` (for the API) answers `backend_unavailable` while Redis is away instead of queueing the
 * command; workers wait for it to come back.
 */
export function connectRedis(url: string, { failFast, name }: { failFast: boolean; name: string }): Redis {
  return new Redis(url, {
    connectionName: name,
    enableOfflineQueue: !failFast,
    maxRetriesPerRequest: failFast ? 1 : null,
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
