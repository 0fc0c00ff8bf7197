import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCertificates } from './certificates';
import { freePort } from './free-port';
import { startProcess, type TestProcess } from './process';
import type { RedisOptions, TestRedis } from './redis';
import { findRedisServer, type RedisServer } from './redis-server';

/** Loading a long append-only file takes a while on a slow disk. */
const READY_TIMEOUT_MS = 30_000;
const PORT_ATTEMPTS = 5;

/** The arguments that make a Redis keep what it has answered. */
export function durableArguments({ fsync = 'always', password, args = [] }: RedisOptions): string[] {
  return [
    ...['--appendonly', 'yes', '--appendfsync', fsync, '--no-appendfsync-on-rewrite', 'no', '--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...args,
  ];
}

function listenArguments(port: number, tls: TestCertificates | undefined): string[] {
  const address = ['--bind', '127.0.0.1'];
  if (tls === undefined) return [...address, '--port', String(port)];
  const files = ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca];
  return [...address, '--port', '0', '--tls-port', String(port), ...files];
}

/** redis-cli refuses `redis://:password@`, so the default user is named. */
export function redisUrl(host: string, port: number, password: string | undefined): string {
  return `redis://${password === undefined ? '' : `default:${encodeURIComponent(password)}@`}${host}:${port}/0`;
}

/** A `redis-server` child on loopback. Throws with its log when it does not start. */
export async function startRedisProcess(options: RedisOptions): Promise<TestRedis> {
  const server = await findRedisServer();
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'packshot-redis-')));
  const removeData = async () => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  let port = 0;
  let child: TestProcess | undefined;
  for (let attempt = 1; child === undefined; attempt += 1) {
    port = await freePort();
    try {
      child = await launch(server, port, dataDir, options);
    } catch (error) {
      if (attempt < PORT_ATTEMPTS && /in use/i.test(String(error))) continue;
      await removeData();
      throw error;
    }
  }
  let current = child;
  return {
    url: redisUrl('127.0.0.1', port, options.password).replace(/^redis/, options.tls ? 'rediss' : 'redis'),
    kill9: () => current.kill9(),
    restart: async () => {
      await current.stop();
      current = await launch(server, port, dataDir, options);
    },
    stop: async () => {
      await current.stop();
      await removeData();
    },
  };
}

async function launch(server: RedisServer, port: number, dataDir: string, options: RedisOptions): Promise<TestProcess> {
  const child = await startProcess(server.command, {
    args: [...listenArguments(port, options.tls), '--dir', dataDir, ...durableArguments(options)],
    env: server.env,
    cwd: dataDir,
  });
  try {
    await child.waitForLine(/Ready to accept connections/, READY_TIMEOUT_MS);
  } catch (error) {
    await child.kill9();
    throw error;
  }
  return child;
}
