import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { clientTls, type TestCertificates } from './certificates';
import { freePort } from './free-port';
import { poll } from './poll';
import { startProcess, type TestProcess } from './process';
import type { TestRedis } from './redis';
import { startRedisProcess } from './redis-process';
import { findRedisServer } from './redis-server';

export interface TestRedisSentinel {
  /** `redis[s]+sentinel://default:password@host:port,host:port,host:port/main` */
  readonly url: string;
  readonly sentinelPassword: string;
  /** Master and replica as they were at the start. */
  readonly master: TestRedis;
  readonly replica: TestRedis;
  /** The address of the present master, as the Sentinels say it: `host:port`. */
  masterAddress(): Promise<string>;
  stop(): Promise<void>;
}

const SENTINELS = 3;
const MASTER_NAME = 'main';
const PASSWORD = 'data p@ss';
const SENTINEL_PASSWORD = 'sentinel-pass';
const DOWN_AFTER_MS = 1000;
const READY_TIMEOUT_MS = 30_000;

/** A master, its replica and three Sentinels as children on loopback, all with passwords. */
export async function startRedisSentinel({ tls }: { tls?: TestCertificates } = {}): Promise<TestRedisSentinel> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const secure = await clientTls(tls);
    const replication = [
      ...['--masterauth', PASSWORD, '--repl-diskless-sync-delay', '0'],
      ...(tls ? ['--tls-replication', 'yes'] : []),
    ];
    const options = { password: PASSWORD, ...(tls && { tls }) };
    const master = await startRedisProcess({ ...options, args: replication });
    closers.push(() => master.stop());
    const { port } = new URL(master.url);
    const replica = await startRedisProcess({
      ...options,
      args: [...replication, '--replicaof', '127.0.0.1', port],
    });
    closers.push(() => replica.stop());
    const sentinels = await Promise.all(Array.from({ length: SENTINELS }, () => startSentinel(port, tls)));
    const clients = sentinels.map(
      (sentinel) =>
        new Redis({ ...secure, port: sentinel.port, password: SENTINEL_PASSWORD, retryStrategy: () => null }),
    );
    for (const [index, sentinel] of sentinels.entries()) {
      closers.push(sentinel.stop, async () => clients[index]?.disconnect());
    }
    await poll(async () => (await Promise.all(clients.map(knowsAll))).every(Boolean), {
      timeoutMs: READY_TIMEOUT_MS,
      what: 'the Sentinels to find each other and the replica',
    });
    const hosts = sentinels.map((sentinel) => `127.0.0.1:${sentinel.port}`).join(',');
    return {
      url: `${tls ? 'rediss' : 'redis'}+sentinel://default:${encodeURIComponent(PASSWORD)}@${hosts}/${MASTER_NAME}`,
      sentinelPassword: SENTINEL_PASSWORD,
      master,
      replica,
      masterAddress: async () => {
        const address = await clients[0]?.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME);
        return (address as string[]).join(':');
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(
  masterPort: string,
  tls: TestCertificates | undefined,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = await findRedisServer();
  const folder = await mkdtemp(join(tmpdir(), 'packshot-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  const lines = [
    ...['bind 127.0.0.1', `dir ${folder}`, `requirepass ${SENTINEL_PASSWORD}`],
    ...(tls === undefined
      ? [`port ${port}`]
      : [
          ...['port 0', `tls-port ${port}`, 'tls-replication yes'],
          ...[`tls-ca-cert-file ${tls.ca}`, `tls-cert-file ${tls.cert}`, `tls-key-file ${tls.key}`],
        ]),
    `sentinel sentinel-pass ${SENTINEL_PASSWORD}`,
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel auth-pass ${MASTER_NAME} "${PASSWORD}"`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER_NAME} 5000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child: TestProcess = await startProcess(server.command, {
    args: [file, '--sentinel'],
    env: server.env,
    cwd: folder,
  });
  await child.waitForLine(/Sentinel ID is/, READY_TIMEOUT_MS);
  return {
    port,
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function knowsAll(sentinel: Redis): Promise<boolean> {
  const flat = (await sentinel.call('SENTINEL', 'MASTER', MASTER_NAME)) as string[];
  const fact = (name: string) => flat[flat.indexOf(name) + 1];
  const replicas = (await sentinel.call('SENTINEL', 'REPLICAS', MASTER_NAME)) as string[][];
  const linked = replicas.some((replica) => replica[replica.indexOf('master-link-status') + 1] === 'ok');
  return fact('num-other-sentinels') === String(SENTINELS - 1) && fact('num-slaves') === '1' && linked;
}
