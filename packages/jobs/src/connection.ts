import { AppError } from '@packshot/contracts';
import { Cluster, type ClusterOptions, Redis as IoRedis, type RedisOptions } from 'ioredis';
import { parseRedisAddress, type RedisAddress } from './redis/address';
import type { ConnectionConfig } from './redis/config';
import { isReadOnly } from './redis/is-redis-away';

/** A single server, a Sentinel's master, or a Cluster: commands are the same. */
export type Redis = IoRedis | Cluster;

export interface ConnectOptions {
  /** True (for the API): a command fails at once while Redis is away. False (for workers): it waits for Redis. */
  failFast: boolean;
  /** Shown by `CLIENT LIST`. */
  name: string;
}

/** A Redis that hangs holds a request no longer than this. */
const COMMAND_TIMEOUT_MS = 10_000;
/**
 * A master that hangs or is cut off closes no connection. One that owes an answer for so long is given up and looked for
 * anew; longer than the queue's longest wait for a message, which is ten seconds.
 */
const SILENCE_MS = 20_000;
/**
 * A Cluster's client tries a command again after a tenth of a second, this often: over a second and a half for those who
 * want to know soon, and longer than any failover for those who wait.
 */
const CLUSTER_TRIES = { failFast: 16, patient: 1000 };

/**
 * A connection to the Redis that the settings name: one server, the master that Sentinels name, or a Cluster. It never ends
 * by itself; after a failover it finds the new master. A command that a demoted master refuses is sent again to the new one,
 * or fails with `failFast`.
 */
export function connectRedis(config: ConnectionConfig, options: ConnectOptions): Redis {
  const address = parseRedisAddress(config.REDIS_URL);
  const common = commonOptions(config, address, options);
  const retryStrategy = (times: number) => Math.min(times * 100, 2000);
  if (address.mode === 'cluster') {
    const cluster: ClusterOptions = {
      redisOptions: common,
      enableOfflineQueue: !options.failFast,
      clusterRetryStrategy: retryStrategy,
      // Not `retryDelayOnMoved`: a move that is followed late, while the client closes, keeps it from ever ending.
      maxRedirections: options.failFast ? CLUSTER_TRIES.failFast : CLUSTER_TRIES.patient,
      slotsRefreshInterval: 5000,
      // Resolving is left to the socket: certificates are made out to names.
      dnsLookup: (host, done) => done(null, host),
    };
    return new Cluster(address.nodes, cluster);
  }
  return new IoRedis({
    ...common,
    ...serverOptions(config, address),
    enableOfflineQueue: !options.failFast,
    retryStrategy,
  });
}

/**
 * A connection for `subscribe` alone, which waits while Redis is away and then subscribes again. What was published
 * meanwhile is lost: whoever listens reads the state anew from time to time.
 */
export function connectSubscriber(config: ConnectionConfig, name: string): Redis {
  return connectRedis(config, { failFast: false, name });
}

function commonOptions(
  config: ConnectionConfig,
  address: RedisAddress,
  { failFast, name }: ConnectOptions,
): RedisOptions {
  const username = address.username ?? config.REDIS_USERNAME;
  const password = address.password ?? config.REDIS_PASSWORD ?? config.REDIS_PASSWORD_FILE;
  return {
    connectionName: name,
    db: address.db,
    maxRetriesPerRequest: failFast ? 1 : null,
    reconnectOnError: (error) => isReadOnly(error) && (failFast ? 1 : 2),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(failFast ? { commandTimeout: COMMAND_TIMEOUT_MS } : { socketTimeout: SILENCE_MS }),
    ...(address.tls && { tls: tlsOptions(config) }),
    // The queue's own check of the version asks INFO, and would end a process that was told to start without it.
    ...(config.REDIS_CHECKS === 'warn' && { skipVersionCheck: true }),
  };
}

function serverOptions(config: ConnectionConfig, address: Exclude<RedisAddress, { mode: 'cluster' }>): RedisOptions {
  if (address.mode === 'single') return { host: address.host, port: address.port };
  if (address.mode === 'socket') return { path: address.path };
  const sentinelPassword = config.REDIS_SENTINEL_PASSWORD ?? config.REDIS_SENTINEL_PASSWORD_FILE;
  return {
    sentinels: address.sentinels,
    name: address.master,
    // Not `failoverDetector`: a switch that it hears of while the client looks for the master ends the client for good.
    sentinelRetryStrategy: (times) => Math.min(times * 100, 2000),
    ...(config.REDIS_SENTINEL_USERNAME !== undefined && { sentinelUsername: config.REDIS_SENTINEL_USERNAME }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(config) }),
  };
}

/** The server's certificate is always checked; there is no setting that would skip it. */
function tlsOptions({ REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY, REDIS_TLS_SERVERNAME }: ConnectionConfig) {
  return {
    ...(REDIS_TLS_CA !== undefined && { ca: REDIS_TLS_CA }),
    ...(REDIS_TLS_CERT !== undefined && { cert: REDIS_TLS_CERT }),
    ...(REDIS_TLS_KEY !== undefined && { key: REDIS_TLS_KEY }),
    ...(REDIS_TLS_SERVERNAME !== undefined && { servername: REDIS_TLS_SERVERNAME }),
  };
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
