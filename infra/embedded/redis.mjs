/**
 * The embedded Redis: a child on a private port with a password, its data under .packshot/. `appendfsync always` makes an
 * accepted job survive a crash; `noeviction` because an evicted key would be a lost job.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findRedisServer } from './redis-binary.mjs';

/** A port on loopback that is free now. Port 0 asks the system for any. */
export function freePort(port = 0, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(port, host, () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}

/** Waits for the Redis of a start that was killed: two on the same data would destroy it. */
async function previousEnded(pidFile) {
  const deadline = Date.now() + 20_000;
  while (existsSync(pidFile) && isRedis(Number(readFileSync(pidFile, 'utf8')))) {
    if (Date.now() > deadline) throw new Error(`another Redis is using the data (its process is in ${pidFile})`);
    await wait(100);
  }
}

function isRedis(pid) {
  try {
    process.kill(pid, 0);
    const comm = `/proc/${pid}/comm`;
    return !existsSync(comm) || /redis/.test(readFileSync(comm, 'utf8'));
  } catch {
    return false;
  }
}

export async function redisCommand(root, dataDir, say) {
  const found = await findRedisServer(root, say);
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  const pidFile = join(dataDir, 'redis.pid');
  await previousEnded(pidFile);
  const port = await freePort();
  const password = randomBytes(24).toString('hex');
  const config = join(dataDir, 'redis.conf');
  const inContainer = Boolean(found.docker);
  writeFileSync(
    config,
    [
      `bind ${inContainer ? '0.0.0.0' : '127.0.0.1'}`,
      `port ${inContainer ? 6379 : port}`,
      `dir ${inContainer ? '/data' : JSON.stringify(dataDir)}`,
      `requirepass ${password}`,
      'appendonly yes',
      'appendfsync always',
      'save ""',
      'maxmemory-policy noeviction',
      'daemonize no',
      ...(inContainer ? [] : [`pidfile ${JSON.stringify(pidFile)}`]),
    ].join('\n'),
    { mode: 0o600 },
  );
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const inDocker = ['run', '--rm', '--init', '--user', user, '-p', `127.0.0.1:${port}:6379`, '-v', `${dataDir}:/data`];
  return {
    command: found.command,
    args: inContainer ? [...inDocker, 'redis:8-alpine', 'redis-server', '/data/redis.conf'] : [config],
    env: found.env,
    url: `redis://default:${password}@127.0.0.1:${port}/0`,
    ready: () => answers(port, password),
  };
}

/** Whether Redis answers PONG: it does not while it is still loading its data. */
function answers(port, password) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const settle = (value) => {
      socket.destroy();
      resolve(value);
    };
    let reply = '';
    socket.setTimeout(1000, () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
    socket.on('data', (chunk) => {
      reply += chunk;
      if (/\+PONG/.test(reply)) settle(true);
      else if (/\r\n.*\r\n/s.test(reply) || /-LOADING/.test(reply)) settle(false);
    });
    socket.write(`AUTH ${password}\r\nPING\r\n`);
  });
}
