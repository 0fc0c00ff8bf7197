import { Redis } from 'ioredis';
import type { TestCertificates } from './certificates';
import { dockerAnswers } from './docker';
import { startRedisContainer } from './redis-container';
import { startRedisProcess } from './redis-process';

export interface RedisOptions {
  /** Where the data lies; kept by `stop()`. Default: a folder of its own, removed by `stop()`. */
  dataDir?: string;
  /** Redis's `appendfsync`. Default `always`: what was answered survives a crash. */
  fsync?: 'always' | 'everysec' | 'no';
  password?: string;
  /** Speaks TLS alone, and asks clients for a certificate of the same authority. Makes the url `rediss://`. */
  tls?: TestCertificates;
  /** More `redis-server` arguments, for example `['--maxmemory', '5mb']`. */
  args?: readonly string[];
  /** The test kills the server or changes its settings, so it must not be one that others use too. */
  own?: boolean;
}

export interface TestRedis {
  /** `redis[s]://[default:password@]host:port/db` */
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
  const { own, dataDir, fsync, password, tls, args } = options;
  const named = process.env.TEST_REDIS_URL;
  const special = own === true || [dataDir, fsync, password, tls, args].some((option) => option !== undefined);
  if (named !== undefined && !special) return useNamedServer(named);
  // The certificates lie on this machine, for this machine.
  return tls === undefined && (await dockerAnswers()) ? startRedisContainer(options) : startRedisProcess(options);
}

async function useNamedServer(named: string): Promise<TestRedis> {
  if (named.startsWith('redis+cluster://')) return useNamedCluster(named);
  const url = new URL(named);
  url.pathname = `/${process.env.JEST_WORKER_ID ?? '1'}`;
  const client = new Redis(url.href, { lazyConnect: true, retryStrategy: () => null });
  try {
    await client.connect();
    await client.flushdb();
  } finally {
    client.disconnect();
  }
  return { url: url.href, kill9: refuse, restart: refuse, stop: async () => undefined };
}

/** It has one database alone, so only one Jest worker at a time can use it. */
async function useNamedCluster(named: string): Promise<TestRedis> {
  const hosts = named.slice('redis+cluster://'.length).split(',');
  const clients = hosts.map((host) => new Redis(`redis://${host}`));
  await Promise.all(clients.map((client) => client.flushall()));
  for (const client of clients) client.disconnect();
  return { url: named, kill9: refuse, restart: refuse, stop: async () => undefined };
}

async function refuse(): Promise<never> {
  throw new Error('A server named by TEST_REDIS_URL is not ours to kill: start it with { own: true }');
}
