import { freePort } from './free-port';
import type { RedisOptions, TestRedis } from './redis';
import { durableArguments, redisUrl } from './redis-process';

const IMAGE = 'redis:7.4-alpine';

/** Redis in a container, on a host port of our choice so that it comes back under the same address. */
export async function startRedisContainer(options: RedisOptions): Promise<TestRedis> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  const port = await freePort();
  const container = new GenericContainer(IMAGE)
    .withExposedPorts({ container: 6379, host: port })
    .withCommand(['redis-server', ...durableArguments(options)])
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/));
  if (options.dataDir !== undefined) container.withBindMounts([{ source: options.dataDir, target: '/data' }]);
  const started = await container.start();
  const runtime = await getContainerRuntimeClient();
  return {
    url: redisUrl(started.getHost(), port, options.password),
    kill9: async () => void (await runtime.container.getById(started.getId()).kill({ signal: 'SIGKILL' })),
    restart: () => started.restart(),
    stop: async () => void (await started.stop()),
  };
}
