import { AppError } from '@packshot/contracts';
import { Cluster, type Redis as IoRedis } from 'ioredis';
import type { Redis } from '../connection';

/** Something an operator should know of a backend. `refuse`: with it, work must not begin. */
export interface Finding {
  severity: 'refuse' | 'warn';
  /** What is wrong and what to do about it. */
  message: string;
}

/** What one server says of itself; null where it does not say. */
export interface ServerFacts {
  /** `redis`, `valkey` or another that speaks the same. */
  product: string;
  /** The version of Redis that it is or is compatible with. */
  redisVersion: string | null;
  evictionPolicy: string | null;
  role: string | null;
  appendOnly: boolean | null;
  appendFsync: string | null;
}

export interface RedisFacts {
  mode: 'single' | 'sentinel' | 'cluster';
  /** One, or every master of a Cluster. Empty when INFO is not for us. */
  servers: ServerFacts[];
}

const OLDEST = [6, 2] as const;

/** Asks every master; throws what the client throws, or `backend_unavailable`, when one does not answer. */
export async function readRedisFacts(redis: Redis): Promise<RedisFacts> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  // Until the client has found the masters it knows of none.
  if (nodes.length === 0) throw new AppError('backend_unavailable', 'Redis does not answer.');
  const servers = await Promise.all(nodes.map(readServer));
  return { mode: modeOf(redis), servers: servers.filter((server) => server !== null) };
}

/** What of these facts keeps jobs from being safe. */
export function judgeRedis({ servers }: RedisFacts): Finding[] {
  if (servers.length === 0) {
    const message =
      'Redis does not let us ask INFO, so neither its version nor whether it evicts or keeps data is known.';
    return [{ severity: 'refuse', message: `${message} Allow INFO, or set REDIS_CHECKS=warn if you are sure of it.` }];
  }
  const messages = servers.flatMap((server) => [...judgeServer(server)]);
  // The masters of a Cluster mostly have the same faults.
  return messages.filter(({ message }, index) => messages.findIndex((other) => other.message === message) === index);
}

function* judgeServer(server: ServerFacts): Generator<Finding> {
  const { product, redisVersion, evictionPolicy, role, appendOnly } = server;
  if (redisVersion === null || isOlder(redisVersion)) {
    const version = redisVersion ?? 'of unknown version';
    yield { severity: 'refuse', message: `This is ${product} ${version}; Redis 6.2 or newer, or Valkey, is needed.` };
  }
  if (evictionPolicy !== null && evictionPolicy !== 'noeviction') {
    const message = `maxmemory-policy is ${evictionPolicy}, so Redis may throw jobs away; it must be noeviction.`;
    yield {
      severity: 'refuse',
      message: `${message} (CONFIG SET maxmemory-policy noeviction, and the same in redis.conf)`,
    };
  }
  if (role !== null && role !== 'master') {
    const message = 'REDIS_URL leads to a replica, which takes no writes:';
    yield {
      severity: 'refuse',
      message: `${message} name the master, or the Sentinels that know it (redis+sentinel://).`,
    };
  }
  if (appendOnly === false) {
    const message = 'REDIS LOSES ACCEPTED JOBS WHEN IT RESTARTS: appendonly is no.';
    yield { severity: 'warn', message: `${message} Set appendonly yes, and appendfsync always to lose none at all.` };
  }
}

async function readServer(node: IoRedis): Promise<ServerFacts | null> {
  const info = await unlessHidden(node.info());
  if (info === null) return null;
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
  const appendOnly = fact('aof_enabled');
  const fsync = await unlessHidden(node.config('GET', 'appendfsync'));
  return {
    product: fact('server_name') ?? (fact('dragonfly_version') === null ? 'redis' : 'dragonfly'),
    redisVersion: fact('redis_version'),
    evictionPolicy: fact('maxmemory_policy'),
    role: fact('role'),
    appendOnly: appendOnly === null ? null : appendOnly === '1',
    appendFsync: Array.isArray(fsync) && typeof fsync[1] === 'string' ? fsync[1] : null,
  };
}

/** Managed services keep INFO or CONFIG to themselves. */
async function unlessHidden<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|ERR unknown command)/i.test(error.message)) return null;
    throw error;
  }
}

function modeOf(redis: Redis): RedisFacts['mode'] {
  if (redis instanceof Cluster) return 'cluster';
  return redis.options.sentinels ? 'sentinel' : 'single';
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
