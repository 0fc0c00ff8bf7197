import { listModels, listWorkers } from '@packshot/jobs';
import { poll } from '@packshot/testing';
import { PATIENCE_MS, Workbench } from './testing/workbench';

jest.setTimeout(4 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

const known = () => listModels(bench.jobs.store);

test('a worker tells which models there are, which are installed and which it has loaded, and is forgotten when it ends', async () => {
  expect(await known()).toEqual({ as_of: null, models: [] });
  const lifecycle = await bench.startWorker({ MODELS_STORE: bench.path('store') }, null);
  const { as_of, models } = await poll(
    async () => {
      const list = await known();
      return list.as_of !== null && list;
    },
    { timeoutMs: PATIENCE_MS, what: 'the models of the worker' },
  );
  expect(Date.parse(as_of ?? '')).toBeLessThanOrEqual(Date.now());
  const model = (id: string) => models.find((candidate) => candidate.id === id);
  expect(model('compact-denoise')).toMatchObject({
    ...{ task: 'denoise', default: true, installed: true, bytes: 2_176_445, supported: true, reason: null },
    licence: { spdx: 'Apache-2.0', commercial: true, accept: false, accepted: true },
    memory_bytes: expect.any(Number),
    packs: ['compact'],
    loaded: [{ provider: 'cpu', workers: 1 }],
  });
  expect(model('rmbg-1.4')).toMatchObject({
    installed: false,
    licence: { commercial: false, accept: true, accepted: false },
    loaded: [],
  });
  expect(models.filter(({ supported }) => !supported)[0]).toMatchObject({ reason: expect.any(String), bytes: null });

  await lifecycle.close();
  expect(await known()).toEqual({ as_of: null, models: [] });
});

test('a worker does not start without a model that the settings ask for, and says how to get it', async () => {
  const settings = { MODELS: 'nafnet-sidd-w32', MODELS_STORE: bench.path('store') };
  await expect(bench.startWorker(settings, null)).rejects.toMatchObject({
    code: 'model_not_installed',
    message: expect.stringContaining('packshot models pull nafnet-sidd-w32'),
  });
  expect(await listWorkers(bench.jobs.store)).toEqual([]);
});

test('health shows what is asked for beside what is loaded', async () => {
  await bench.startWorker({ MODELS: 'compact-denoise', MODELS_MEMORY_MB: '4000', PROVIDERS: 'cuda,cpu' });
  const engine = await poll(async () => (await listWorkers(bench.jobs.store))[0]?.engine, { timeoutMs: PATIENCE_MS });
  expect(engine).toMatchObject({
    ...{ provider: 'cpu', providers: ['cuda', 'cpu'], models_asked: ['compact-denoise'], models_left_out: [] },
    models: [{ id: 'compact-denoise', provider: 'cpu', memory_bytes: 1 }],
    model_memory: { used_bytes: 1, limit_bytes: 4000 * 2 ** 20 },
    cpu_overflow: null,
  });
});
