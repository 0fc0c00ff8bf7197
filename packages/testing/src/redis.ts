import { Redis } from 'ioredis';
import { dockerAnswers } from './docker';
import { startRedisContainer } from './redis-container';
import { startRedisProcess } from './redis-process';

export interface RedisOptions {
  /** Where the data lies; kept by `stop()`. Default: a folder of its own, removed by `stop()`. */
  dataDir?: string;
  /** Redis's `appendfsync`. Default `always`: what was answered survives a crash. */
  fsync?: 'always' | 'everysec' | 'no';
  password?: string;
  /** More `redis-server` arguments, for example `['--maxmemory', '5mb']`. */
  args?: readonly string[];
  /** The test kills the server or changes its settings, so it must not be one that others use too. */
  own?: boolean;
}

export interface TestRedis {
  /** `redis://[default:password@]host:port/db` */
  readonly url: string;
  /** SIGKILL; the data stays. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and data, after `kill9` or in place of a clean stop and start. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * An empty, durable Redis (append-only file, `noeviction`): the server that `TEST_REDIS_URL` names, else a container, else
 * a local `redis-server` on a free port. Never skips: with none of them it throws and says what to install.
 *
 * On a named server each Jest worker has the database of its own number, and that database is emptied first.
 */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const { own, dataDir, fsync, password, args } = options;
  const named = process.env.TEST_REDIS_URL;
  const special = own === true || [dataDir, fsync, password, args].some((option) => option !== undefined);
  if (named !== undefined && !special) return useNamedServer(named);
  return (await dockerAnswers()) ? startRedisContainer(options) : startRedisProcess(options);
}

async function useNamedServer(named: string): Promise<TestRedis> {
  const url = new URL(named);
  url.pathname = `/${process.env.JEST_WORKER_ID ?? '1'}`;
  const client = new Redis(url.href, { lazyConnect: true, retryStrategy: () => null });
  try {
    await client.connect();
    await client.flushdb();
  } finally {
    client.disconnect();
  }
  const refuse = async () => {
    throw new Error('A server named by TEST_REDIS_URL is not ours to kill: start it with { own: true }');
  };
  return { url: url.href, kill9: refuse, restart: refuse, stop: async () => undefined };
}
