import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobView, Problem } from '@packshot/contracts';
import {
  poll,
  replicaHasAll,
  repositoryRoot,
  startNode,
  startRedisCluster,
  startRedisSentinel,
  type TestProcess,
  type TestRedis,
} from '@packshot/testing';

/**
 * The API and a worker as they are deployed, on a Redis that is several: its master is killed with SIGKILL while a job is
 * worked off. A replica takes over. What the replica had been told ends; meanwhile clients are asked to come back.
 */
const root = repositoryRoot();
const RUNNER = join(root, 'apps/worker/src/testing/scripted-runner.js');
const PREFIX = 'failover';
const ITEMS = 60;
const PATIENCE_MS = 60_000;
jest.setTimeout(4 * PATIENCE_MS);

interface Topology {
  settings: Record<string, string>;
  /** The master of our keys. */
  master: TestRedis;
  stop(): Promise<void>;
}

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function startSystem({ settings }: Topology): Promise<{ base: string; processes: TestProcess[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-failover-'));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const env = {
    ...settings,
    ...{
      REDIS_PREFIX: PREFIX,
      STORAGE: 'filesystem',
      STORAGE_DIR: join(folder, 'objects'),
      SPOOL_DIR: join(folder, 'spool'),
    },
    ...{ PACKSHOT_CONFIG: '/dev/null', HOST: undefined, PORT: '0', LOG_FORMAT: 'text', THREADS: '1' },
    ...{ LOCK_SECONDS: '4', STALLED_INTERVAL_SECONDS: '1' },
  };
  const api = await startNode(join(root, 'apps/api/dist/main.js'), { env });
  opened.push(() => api.kill9());
  const worker = await startNode(join(root, 'apps/worker/dist/main.js'), { args: [RUNNER], env });
  opened.push(() => worker.kill9());
  const [line] = await Promise.all([
    api.waitForLine(/listening on/, PATIENCE_MS),
    worker.waitForLine(/worker ready/, PATIENCE_MS),
  ]);
  return { base: /http:\S+/.exec(line)?.[0] ?? '', processes: [api, worker] };
}

/** A job of files that each take the runner 100 ms. */
function submit(base: string): Promise<Response> {
  const script = JSON.stringify({ do: 'wait', ms: 100 });
  const file = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(script)]);
  const form = new FormData();
  for (let i = 0; i < ITEMS; i += 1) form.append('files', new Blob([new Uint8Array(file)]), `${i}.png`);
  return fetch(`${base}/jobs`, { method: 'POST', body: form });
}

async function ended(base: string, id: string): Promise<JobView> {
  return poll(
    async () => {
      const response = await fetch(`${base}/jobs/${id}`);
      if (response.status === 503) return null;
      const job = (await response.json()) as JobView;
      return job.completed_at !== null && job;
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 100, what: 'the end of the job' },
  );
}

const TOPOLOGIES: Record<string, () => Promise<Topology>> = {
  'a Cluster with replicas': async () => {
    const cluster = await startRedisCluster({ replicas: 1 });
    return { settings: { REDIS_URL: cluster.url }, master: await cluster.masterOf(`{${PREFIX}}`), stop: cluster.stop };
  },
  Sentinels: async () => {
    const { url, sentinelPassword, master, stop } = await startRedisSentinel();
    return { settings: { REDIS_URL: url, REDIS_SENTINEL_PASSWORD: sentinelPassword }, master, stop };
  },
};

test.each(Object.keys(TOPOLOGIES))(
  'on %s an accepted job ends although the master is killed under it',
  async (name) => {
    const topology = await (TOPOLOGIES[name] as () => Promise<Topology>)();
    opened.push(() => topology.stop());
    const { base, processes } = await startSystem(topology);
    const accepted = await submit(base);
    expect(accepted.status).toBe(202);
    const { id } = (await accepted.json()) as JobView;
    await poll(async () => ((await (await fetch(`${base}/jobs/${id}`)).json()) as JobView).counts.succeeded > 3, {
      timeoutMs: PATIENCE_MS,
      what: 'the work to begin',
    });
    await replicaHasAll(topology.master);
    await topology.master.kill9();

    const refused = await submit(base);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(((await refused.json()) as Problem).code).toBe('backend_unavailable');

    expect((await ended(base, id)).counts).toMatchObject({ succeeded: ITEMS, failed: 0, queued: 0, processing: 0 });
    const later = await poll(async () => {
      const response = await submit(base);
      return response.status === 202 && response;
    });
    const { id: next } = (await later.json()) as JobView;
    expect((await ended(base, next)).counts.succeeded).toBe(ITEMS);
    for (const { child } of processes) expect(child.exitCode).toBeNull();
    expect(await (await fetch(`${base}/health`)).json()).toMatchObject({ status: 'ok', redis: { ok: true } });
  },
);
