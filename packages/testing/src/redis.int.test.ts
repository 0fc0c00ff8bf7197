import { Redis } from 'ioredis';
import { startRedis } from './redis';

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

describe('the Redis of the tests', () => {
  test('starts empty, evicts nothing and syncs every write', async () => {
    const redis = await startRedis({ own: true });
    try {
      await withClient(redis.url, async (client) => {
        expect(await client.dbsize()).toBe(0);
        expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
        expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
      });
    } finally {
      await redis.stop();
    }
  });

  test('keeps what it has answered when it is killed, under the same address', async () => {
    const redis = await startRedis({ own: true, password: 'p@ss word' });
    try {
      await withClient(redis.url, (client) => client.set('accepted', 'job'));
      await redis.kill9();
      await redis.restart();
      expect(await withClient(redis.url, (client) => client.get('accepted'))).toBe('job');
    } finally {
      await redis.stop();
    }
  });

  test('is one of its own for every start', async () => {
    const [one, two] = await Promise.all([startRedis({ own: true }), startRedis({ own: true })]);
    try {
      await withClient(one.url, (client) => client.set('key', 'one'));
      expect(await withClient(two.url, (client) => client.get('key'))).toBeNull();
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });
});
