import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import {
  makeCertificates,
  poll,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  type TestCertificates,
  type TestRedisCluster,
  type TestRedisSentinel,
} from '@packshot/testing';
import { Worker } from 'bullmq';
import { QUEUES } from '../catalog';
import { jobsConfig } from '../config';
import { connectRedis, connectSubscriber, waitForRedis } from '../connection';
import { newItem, newJob } from '../fixtures/make-job';
import type { NewJob } from '../job-store';
import { type Jobs, openJobs } from '../open-jobs';
import { removeJob } from '../remove-job';
import { tend } from '../tend';
import { transition } from '../transition';
import type { FileLinks } from '../views';
import { isRedisAway } from './is-redis-away';

/** A failover takes seconds by itself. */
const PATIENCE_MS = 30_000;
jest.setTimeout(2 * PATIENCE_MS);

const links: FileLinks = {
  urlOf: async ({ key }) => ({ url: `http://shop.test/${key}`, expires_at: new Date(0).toISOString() }),
};
const pipeline = resolvePipeline(pipelineSchema.parse({}));

type Settings = { REDIS_URL: string } & Record<string, string>;

/** What a test opened, closed after it. */
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function open(settings: Settings, failFast = false): { jobs: Jobs; config: ReturnType<typeof jobsConfig.parse> } {
  const config = jobsConfig.parse({ REDIS_PREFIX: 'topologies', ...settings });
  const jobs = openJobs(config, { failFast, name: 'test' });
  // Their Redis is killed on purpose.
  for (const source of [jobs.queues.items, jobs.queues.webhooks]) source.on('error', () => {});
  jobs.store.redis.on('error', () => {});
  opened.push(() => jobs.close());
  return { jobs, config };
}

function jobOf(count: number): NewJob {
  const items = Array.from({ length: count }, () => newItem({ customId: 'shirt' }));
  return newJob(items, { pipeline, webhookUrl: 'http://sink.test/' });
}

/** A BullMQ worker that ends every item it is given. */
function work({ backlog, store }: Jobs, config: Parameters<typeof connectRedis>[0]): void {
  const connection = connectRedis(config, { failFast: false, name: 'worker' });
  connection.on('error', () => {});
  const worker = new Worker(
    QUEUES.items.name,
    async ({ id = '' }) => {
      const itemId = await backlog.claim(id);
      const item = itemId && (await store.getItem(itemId));
      if (!item) return;
      const { attempts } = await transition(store, item, 'start');
      await store.progress({ ...item, attempts }, 0.5, 'denoise');
      await transition(store, item, 'succeed', { attempt: attempts });
      backlog.release(id);
    },
    {
      connection,
      prefix: store.keys.bullPrefix,
      concurrency: 4,
      runRetryDelay: 100,
      stalledInterval: 1000,
      lockDuration: 3000,
    },
  );
  worker.on('error', () => {});
  opened.push(async () => {
    await worker.close();
    connection.disconnect();
  });
}

async function ended(jobs: Jobs, id: string) {
  return poll(
    async () => {
      const job = await jobs.store.require(id, null);
      return job.completedAt !== null && job;
    },
    { timeoutMs: PATIENCE_MS, what: 'the end of the job' },
  );
}

/** Everything a job can go through, with the commands that span several keys. */
function goesThrough(settings: () => Settings): void {
  test('jobs are created, worked off, told of, canceled, retried and removed', async () => {
    const { jobs, config } = open(settings());
    const { store, queues } = jobs;
    const heard: string[] = [];
    const subscriber = connectSubscriber(config, 'listener');
    opened.push(async () => subscriber.disconnect());
    subscriber.on('error', () => {});
    subscriber.on('message', (_channel: string, id: string) => heard.push(id));
    await subscriber.subscribe(store.keys.changes);

    const worked = await store.create(jobOf(20));
    await tend(store, queues, links);
    work(jobs, config);
    expect((await ended(jobs, worked.id)).counts.succeeded).toBe(20);
    await poll(() => heard.includes(worked.id), { what: 'word of the change' });
    expect((await tend(store, queues, links)).webhooks).toBeGreaterThan(0);
    expect(await queues.webhooks.getWaitingCount()).toBe(1);

    const canceled = await jobs.cancel(await store.create(jobOf(5)), links);
    expect(canceled).toMatchObject({ status: 'canceled', counts: { canceled: 5 } });
    await jobs.retry(canceled, links);
    expect(await ended(jobs, canceled.id)).toMatchObject({ run: 2, status: 'succeeded' });

    await removeJob(store, worked.id, { deleteJob: async () => {}, delete: async () => {} });
    expect(await store.get(worked.id)).toBeNull();
    expect(await queues.depth()).toMatchObject({ interactive: 0, delayed: 0 });
  });
}

describe('on a Cluster of three masters', () => {
  let cluster: TestRedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());
  const settings = (): Settings => ({ REDIS_URL: cluster.url });

  goesThrough(settings);

  test('a node that is killed and comes back costs no accepted job, and meanwhile those in a hurry are told', async () => {
    const { jobs, config } = open(settings());
    const hurried = open(settings(), true).jobs.store;
    await waitForRedis(hurried.redis, PATIENCE_MS);
    work(jobs, config);
    const job = await jobs.store.create(jobOf(200));
    await tend(jobs.store, jobs.queues, links);
    const node = await cluster.masterOf(jobs.store.keys.bullPrefix);
    await node.kill9();
    const fault: unknown = await hurried.get(job.id).catch((error: unknown) => error);
    expect(isRedisAway(fault)).toBe(true);
    await node.restart();
    expect((await ended(jobs, job.id)).counts.succeeded).toBe(200);
    await poll(async () => (await hurried.get(job.id).catch(() => null)) !== null, { timeoutMs: PATIENCE_MS });
  });
});

describe('with Sentinels', () => {
  let sentinel: TestRedisSentinel;
  beforeAll(async () => {
    sentinel = await startRedisSentinel();
  });
  afterAll(() => sentinel.stop());
  const settings = (): Settings => ({ REDIS_URL: sentinel.url, REDIS_SENTINEL_PASSWORD: sentinel.sentinelPassword });

  goesThrough(settings);

  test('a failover costs no job that the replica has, and meanwhile those in a hurry are told', async () => {
    const { jobs, config } = open(settings());
    const hurried = open(settings(), true).jobs.store;
    await waitForRedis(hurried.redis, PATIENCE_MS);
    work(jobs, config);
    const job = await jobs.store.create(jobOf(200));
    await tend(jobs.store, jobs.queues, links);
    expect(await jobs.store.redis.wait(1, PATIENCE_MS)).toBe(1);
    await sentinel.master.kill9();
    const fault: unknown = await hurried.get(job.id).catch((error: unknown) => error);
    expect(isRedisAway(fault)).toBe(true);
    expect((await ended(jobs, job.id)).counts.succeeded).toBe(200);
    expect(await sentinel.masterAddress()).toBe(new URL(sentinel.replica.url).host);
    await poll(async () => (await hurried.get(job.id).catch(() => null)) !== null, { timeoutMs: PATIENCE_MS });
  });
});

describe('over TLS with user, password and certificates', () => {
  let folder: string;
  let settings: Settings;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packshot-tls-'));
    const tls = await makeCertificates(folder, ['DNS:redis.shop.test']);
    const redis = await startRedis({ tls, password: 'p@ss/word' });
    stop = redis.stop;
    const { host } = new URL(redis.url);
    settings = {
      ...{ REDIS_URL: `rediss://${host}`, REDIS_USERNAME: 'default', REDIS_PASSWORD: 'p@ss/word' },
      ...{ REDIS_TLS_CA: tls.ca, REDIS_TLS_CERT: tls.cert, REDIS_TLS_KEY: tls.key },
      REDIS_TLS_SERVERNAME: 'redis.shop.test',
    };
  });
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true });
  });

  goesThrough(() => settings);

  test.each(['REDIS_TLS_CA', 'REDIS_TLS_SERVERNAME'])(
    'a certificate that %s does not vouch for is not accepted',
    async (name) => {
      const { [name]: _, ...less } = settings;
      const redis = connectRedis(jobsConfig.parse(less), { failFast: true, name: 'test' });
      opened.push(async () => redis.disconnect());
      const fault = await new Promise<Error>((resolve) => redis.once('error', resolve));
      expect(fault.message).toMatch(/certificate|altnames/i);
      expect(redis.status).not.toBe('ready');
    },
  );
});

describe('elsewhere', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packshot-redis-'));
    opened.push(() => rm(folder, { recursive: true }));
  });

  async function keepsAJob(settings: Settings): Promise<void> {
    const { store } = open(settings).jobs;
    await waitForRedis(store.redis, PATIENCE_MS);
    const { id } = await store.create(jobOf(1));
    expect(await store.get(id)).toMatchObject({ id });
  }

  const certificates = ({ ca, cert, key }: TestCertificates) => ({
    REDIS_TLS_CA: ca,
    REDIS_TLS_CERT: cert,
    REDIS_TLS_KEY: key,
  });

  test('a socket is as good as an address', async () => {
    const path = join(folder, 'redis.sock');
    const redis = await startRedis({ own: true, args: ['--unixsocket', path] });
    opened.push(() => redis.stop());
    await keepsAJob({ REDIS_URL: `unix://${path}?db=2` });
  });

  test('a Cluster speaks TLS', async () => {
    const tls = await makeCertificates(folder);
    const cluster = await startRedisCluster({ tls });
    opened.push(() => cluster.stop());
    await keepsAJob({ REDIS_URL: cluster.url, ...certificates(tls) });
  });

  test('Sentinels and their master speak TLS', async () => {
    const tls = await makeCertificates(folder);
    const sentinel = await startRedisSentinel({ tls });
    opened.push(() => sentinel.stop());
    const REDIS_SENTINEL_PASSWORD = sentinel.sentinelPassword;
    await keepsAJob({ REDIS_URL: sentinel.url, REDIS_SENTINEL_PASSWORD, ...certificates(tls) });
  });
});
