import { Redis } from 'ioredis';
import { clientTls, type TestCertificates } from './certificates';
import { freePort } from './free-port';
import { poll } from './poll';
import type { TestRedis } from './redis';
import { startRedisProcess } from './redis-process';

export interface TestRedisCluster {
  /** `redis[s]+cluster://host:port,host:port,host:port` */
  readonly url: string;
  /** The masters in order of their slots, then the replicas in the same order. */
  readonly nodes: readonly TestRedis[];
  /** The node that was given the slot of this key when the Cluster was made. */
  masterOf(key: string): Promise<TestRedis>;
  stop(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;
/** A node that is silent for so long has failed. */
const NODE_TIMEOUT_MS = 1000;
const JOIN_TIMEOUT_MS = 30_000;

/** A Cluster of three masters, each with `replicas` replicas, as `redis-server` children on loopback. */
export async function startRedisCluster(
  options: { replicas?: number; tls?: TestCertificates } = {},
): Promise<TestRedisCluster> {
  const { replicas = 0, tls } = options;
  const nodes = await Promise.all(Array.from({ length: MASTERS * (1 + replicas) }, () => startNode(tls)));
  const secure = await clientTls(tls);
  const clients = nodes.map(({ url }) => new Redis(url, secure));
  // Tests kill nodes.
  for (const client of clients) client.on('error', () => {});
  try {
    await join(clients);
    const [first] = clients;
    return {
      url: `${tls ? 'rediss' : 'redis'}+cluster://${nodes.map(({ url }) => new URL(url).host).join(',')}`,
      nodes,
      masterOf: async (key) => {
        const slot = Number(await first?.cluster('KEYSLOT', key));
        const node = nodes[Math.floor((slot * MASTERS) / SLOTS)];
        if (!node) throw new Error(`no node has slot ${slot}`);
        return node;
      },
      stop: async () => {
        for (const client of clients) client.disconnect();
        await Promise.all(nodes.map((node) => node.stop()));
      },
    };
  } catch (error) {
    for (const client of clients) client.disconnect();
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
}

async function startNode(tls: TestCertificates | undefined): Promise<TestRedis> {
  const bus = await freePort();
  return startRedisProcess({
    ...(tls && { tls }),
    args: [
      ...(tls ? ['--tls-cluster', 'yes', '--tls-replication', 'yes'] : []),
      ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-port', String(bus)],
      ...['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--repl-diskless-sync-delay', '0'],
    ],
  });
}

async function join(clients: readonly Redis[]): Promise<void> {
  const ids = await Promise.all(clients.map((client) => client.cluster('MYID')));
  const buses = await Promise.all(
    clients.map(async (client) => String(((await client.config('GET', 'cluster-port')) as string[])[1])),
  );
  const [first] = clients;
  if (!first) return;
  for (const [index, client] of clients.entries()) {
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (client !== first) {
      const { port = 0 } = client.options;
      await first.call('CLUSTER', 'MEET', '127.0.0.1', port, buses[index] ?? '');
    }
  }
  const known = async (client: Redis) => /cluster_known_nodes:(\d+)/.exec(await client.cluster('INFO'))?.[1];
  await every(clients, async (client) => (await known(client)) === String(clients.length), 'the nodes to meet');
  for (const [index, client] of clients.entries()) {
    if (index < MASTERS) await client.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1);
    else await client.cluster('REPLICATE', ids[index % MASTERS] ?? '');
  }
  const settled = async (client: Redis, index: number) =>
    /cluster_state:ok/.test(await client.cluster('INFO')) &&
    (index < MASTERS || /master_link_status:up/.test(await client.info('replication')));
  await every(clients, settled, 'the Cluster to be whole');
}

/** The lowest slot of a master: `ceil`, so that `floor` finds the master of a slot. */
function firstSlot(master: number): number {
  return Math.ceil((master * SLOTS) / MASTERS);
}

async function every(
  clients: readonly Redis[],
  holds: (client: Redis, index: number) => Promise<boolean>,
  what: string,
): Promise<void> {
  await poll(async () => (await Promise.all(clients.map(holds))).every(Boolean), { timeoutMs: JOIN_TIMEOUT_MS, what });
}
