import { Redis } from 'ioredis';
import { poll } from './poll';
import type { TestRedis } from './redis';

/**
 * Waits until a replica has all that its master has now. Replication does not wait for the replica: what that has not heard
 * of when the master dies is lost.
 */
export async function replicaHasAll(master: TestRedis): Promise<void> {
  const client = new Redis(master.url);
  try {
    const offsets = async () => {
      const info = await client.info('replication');
      const offset = (pattern: RegExp) => Number(pattern.exec(info)?.[1] ?? Number.NaN);
      return { master: offset(/master_repl_offset:(\d+)/), replica: offset(/slave0:.*offset=(\d+)/) };
    };
    const goal = (await offsets()).master;
    await poll(async () => (await offsets()).replica >= goal, { what: 'the replica to catch up' });
  } finally {
    client.disconnect();
  }
}
