import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reportWorker, type WorkerReport } from '@packshot/jobs';
import { eventually, poll, startRedis, type TestRedis } from '@packshot/testing';
import { Redis } from 'ioredis';
import { accepted, postForm, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';
import type { HealthReport } from './schema';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis({ own: true });
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url);
});
afterEach(() => api.close());

interface Readiness {
  reasons: { backend: string; reason: string }[];
}

const health = async (path = '') => {
  const response = await fetch(`${api.url}/health${path}`);
  return { status: response.status, body: (await response.json()) as HealthReport & Readiness };
};
const metric = async (name: string) => {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(name));
  return line === undefined ? null : Number(line.split(' ').at(-1));
};

const WORKER: WorkerReport = {
  id: 'w1',
  host: 'h',
  pid: 1,
  version: '0.1.0',
  started_at: '2026-01-01T00:00:00.000Z',
  state: 'ready',
  busy: 0,
  concurrency: 2,
  rss_bytes: 1,
  event_loop_p99_ms: 1,
  engine: {
    pid: 2,
    restarts: 0,
    rss_bytes: 1,
    provider: 'cpu',
    providers: ['cpu'],
    threads: 2,
    versions: { onnxruntime: '1.30.0' },
    models: [{ id: 'm', task: 'denoise', sha256: '0', provider: 'cpu', memory_bytes: 3 }],
    models_asked: ['m'],
    models_left_out: [],
    model_memory: { used_bytes: 3, limit_bytes: 9 },
    cpu_overflow: null,
    devices: [{ id: 'cpu', kind: 'cpu', name: 'CPU', memory_used_bytes: 5, memory_free_bytes: 7 }],
  },
};

describe('200', () => {
  test('/health is degraded while no worker is ready, and ok with one, whose devices it shows', async () => {
    expect(await health()).toMatchObject({ status: 200, body: { status: 'degraded', workers: [] } });
    await reportWorker(api.deps.jobs.store, WORKER);
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      versions: { node: process.versions.node, onnxruntime: '1.30.0' },
      redis: {
        ...{ ok: true, mode: 'single', product: expect.stringMatching(/redis|valkey/), warnings: [] },
        ...{ eviction_policy: 'noeviction', appendonly: true, appendfsync: 'always' },
        version: expect.stringMatching(/^\d+\.\d+/),
      },
      storage: { ok: true },
      providers: ['cpu'],
      workers: [
        {
          engine: {
            ...{ providers: ['cpu'], models_asked: ['m'], models: [{ id: 'm', provider: 'cpu' }] },
            devices: [{ memory_used_bytes: 5, memory_free_bytes: 7 }],
          },
        },
      ],
      queue: { interactive: 0, bulk: 0, oldest_waiting_ms: null },
    });
    expect(body.api.rss_bytes).toBeGreaterThan(1e6);
    expect(body.api.cpu_cores).toBeGreaterThanOrEqual(1);
  });

  test('/health and /metrics show how much waits and for how long', async () => {
    await accepted(await postForm(api.url, ['a', png(1, 1)], ['b', png(1, 1)]));
    const { body } = await health();
    expect(body.queue).toMatchObject({ bulk: 2, active: 0 });
    expect(body.queue?.oldest_waiting_ms).toBeGreaterThanOrEqual(0);
    expect(await metric('packshot_queue_items{lane="bulk"')).toBe(2);
    expect(await metric('packshot_queue_oldest_waiting_seconds')).toBeGreaterThanOrEqual(0);
    expect(await metric('packshot_upload_bytes_total')).toBeGreaterThan(100);
    expect(await metric('packshot_http_requests_total{method="POST",route="/jobs",status="202"')).toBe(1);
    expect(await metric('packshot_workers{state="ready"')).toBe(0);
    expect(await metric('packshot_redis_up')).toBe(1);
    expect(await metric('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  test('/health/ready answers when Redis and the store do', async () => {
    expect(await health('/ready')).toEqual({ status: 200, body: { status: 'ready', reasons: [] } });
  });
});

describe('503', () => {
  test('is answered at once while Redis is away, and no longer when it is back', async () => {
    await redis.kill9();
    await poll(() => api.deps.jobs.store.redis.status !== 'ready', { what: 'the connection to break' });
    const job = '/jobs/job_01890000-0000-7000-8000-000000000000';
    for (const response of [await postForm(api.url, ['f', png(1, 1)]), await fetch(api.url + job)]) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await problem(response)).toMatchObject({ code: 'backend_unavailable', detail: 'Redis does not answer.' });
    }
    expect(await health()).toMatchObject({ status: 503, body: { status: 'unavailable', queue: null, workers: null } });
    const ready = await health('/ready');
    expect(ready.status).toBe(503);
    expect(ready.body.reasons).toEqual([{ backend: 'redis', reason: 'Redis does not answer.' }]);
    expect((await health('/live')).status).toBe(200);
    expect(await metric('packshot_redis_up')).toBe(0);
    expect(await metric('packshot_queue_items')).toBeNull();
    expect(await api.objects()).toEqual([]);

    await redis.restart();
    await eventually(async () => expect((await health('/ready')).status).toBe(200), { intervalMs: 100 });
    await accepted(await postForm(api.url, ['f', png(1, 1)]));
    const changes = api.log.map(({ message }) => message).filter((message) => message.startsWith('redis is'));
    expect(changes).toEqual(['redis is away', 'redis is back']);
  });

  test('is answered while Redis may evict keys', async () => {
    const { redis: client } = api.deps.jobs.store;
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const { status, body } = await health('/ready');
      expect(status).toBe(503);
      expect(body.reasons).toMatchObject([{ backend: 'redis', reason: expect.stringContaining('noeviction') }]);
    } finally {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test.each([
    ['is full', 'maxmemory', '1', '0', 'OOM'],
    ['has too few replicas', 'min-replicas-to-write', '1', '0', 'NOREPLICAS'],
  ])('is answered while Redis %s, with its own words, and no longer after', async (_what, name, bad, good, word) => {
    const { redis: client } = api.deps.jobs.store;
    await client.config('SET', name, bad);
    try {
      const refused = await postForm(api.url, ['f', png(1, 1)]);
      expect([refused.status, (await problem(refused)).code]).toEqual([503, 'backend_unavailable']);
      const { status, body } = await health('/ready');
      expect(status).toBe(503);
      expect(body.reasons).toEqual([{ backend: 'redis', reason: expect.stringContaining(word) }]);
    } finally {
      await client.config('SET', name, good);
    }
    await accepted(await postForm(api.url, ['f', png(1, 1)]));
    await eventually(async () => expect((await health('/ready')).status).toBe(200), { intervalMs: 100 });
  });

  test('is answered while a script of somebody else keeps Redis busy, and no longer after', async () => {
    const { redis: client } = api.deps.jobs.store;
    await client.config('SET', 'lua-time-limit', '20');
    const other = new Redis(redis.url);
    try {
      const killed = expect(other.eval('while true do end', 0)).rejects.toThrow(/kill/i);
      await eventually(async () => await expect(client.get('x')).rejects.toThrow(/^BUSY/));
      expect((await postForm(api.url, ['f', png(1, 1)])).status).toBe(503);
      expect((await health('/ready')).body.reasons).toMatchObject([{ reason: expect.stringContaining('BUSY') }]);
      await client.script('KILL');
      await killed;
    } finally {
      other.disconnect();
      await client.config('SET', 'lua-time-limit', '5000');
    }
    await accepted(await postForm(api.url, ['f', png(1, 1)]));
  });

  test('is answered while the store cannot be written to, and no job is made', async () => {
    await rm(join(api.storageDir, '.packshot'), { recursive: true });
    const response = await postForm(api.url, ['f', png(1, 1)]);
    expect(response.status).toBe(503);
    expect((await problem(response)).code).toBe('storage_error');
    const { redis: client, keys } = api.deps.jobs.store;
    expect(await client.zcard(keys.expiry)).toBe(0);
    const { status, body } = await health('/ready');
    expect(status).toBe(503);
    expect(body.reasons).toMatchObject([{ backend: 'storage' }]);
  });
});
