import type { ModelFacts } from '@packshot/contracts';
import { publishModels, reportWorker, type WorkerReport } from '@packshot/jobs';
import { problem } from '../fixtures/client';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ API_KEYS: 'key' });
const get = (path: string) => fetch(api.url + path, { headers: { authorization: 'Bearer key' } });

const MODEL: ModelFacts = {
  ...{ id: 'fine-denoise', task: 'denoise', description: 'Fine.', architecture: 'nafnet', packs: ['quality'] },
  licence: { spdx: 'MIT', commercial: true, accept: true, accepted: false },
  ...{ supported: true, reason: null, default: false, installed: false, bytes: 10, memory_bytes: 20 },
};

type Loaded = NonNullable<WorkerReport['engine']>['models'];

/** A worker that knows the model, as it says it is there. */
async function worker(id: string, facts: Partial<ModelFacts>, providers: string[] = []): Promise<void> {
  const models: Loaded = providers.map((provider) => ({
    ...{ id: MODEL.id, task: 'denoise', sha256: '0', provider, memory_bytes: 20 },
  }));
  await reportWorker(api.deps.jobs.store, {
    ...{ id, host: 'h', pid: 1, version: '0', started_at: '2026-01-01T00:00:00.000Z', state: 'ready' },
    ...{ busy: 0, concurrency: 1, rss_bytes: 1, event_loop_p99_ms: 1 },
    engine: {
      ...{
        pid: 2,
        restarts: 0,
        rss_bytes: 1,
        provider: 'cpu',
        providers: ['cpu'],
        threads: 1,
        versions: {},
        devices: [],
      },
      ...{ models, models_asked: [], models_left_out: [], cpu_overflow: null },
      model_memory: { used_bytes: 20, limit_bytes: 100 },
    },
  });
  await publishModels(api.deps.jobs.store, id, [{ ...MODEL, ...facts }]);
}

describe('200', () => {
  test('says of each model what any worker has of it, and on how many it is loaded', async () => {
    await worker('w1', { installed: true }, ['cuda', 'cpu']);
    await worker('w2', { licence: { ...MODEL.licence, accepted: true } }, ['cuda']);
    const response = await get('/models');
    const { as_of, models } = (await response.json()) as { as_of: string; models: object[] };
    expect(Date.parse(as_of)).toBeLessThanOrEqual(Date.now());
    expect(models).toEqual([
      {
        ...MODEL,
        licence: { ...MODEL.licence, accepted: true },
        installed: true,
        loaded: [
          { provider: 'cuda', workers: 2 },
          { provider: 'cpu', workers: 1 },
        ],
      },
    ]);
    expect(await (await get('/models/fine-denoise')).json()).toEqual(models[0]);
  });

  test('is an empty list, as of never, while no worker is alive, though one was', async () => {
    await worker('w1', {});
    const { redis, keys } = api.deps.jobs.store;
    await redis.unlink(keys.worker('w1'));
    expect(await (await get('/models')).json()).toEqual({ as_of: null, models: [] });
  });
});

test('401 without a key', async () => {
  for (const path of ['/models', '/models/fine-denoise']) expect((await fetch(api.url + path)).status).toBe(401);
});

test('404 for a model that no worker knows', async () => {
  await worker('w1', {});
  const response = await get('/models/nonesuch');
  expect([response.status, (await problem(response)).code]).toEqual([404, 'not_found']);
});

test('503 for a model while no worker is alive that could say', async () => {
  const response = await get('/models/fine-denoise');
  expect([response.status, (await problem(response)).code]).toEqual([503, 'backend_unavailable']);
});
