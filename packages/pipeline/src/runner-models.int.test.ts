import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type StageName } from '@packshot/contracts';
import { createProductShot } from './bench/product-shot';
import { MODEL_TASKS, type ModelRecord } from './models/record';
import { readRegistry } from './models/registry';
import { createRunner, type Runner } from './runner';
import type { ExecutionProvider } from './runtime/providers';
import { createScratch, runnerOptions } from './testing/scratch';

/** What no machine has, a GPU or not. */
const NONESUCH = 'nonesuch' as ExecutionProvider;

const { modelsDir } = runnerOptions;
const scratch = createScratch();
const { write, run } = scratch;
let runner: Runner;
beforeAll(async () => {
  runner = await scratch.start();
});
afterAll(() => scratch.close());

/** A models folder with one record, changed. */
async function variant(
  change: (record: { files: [{ sha256: string }]; graphs: { main: { inputs: [{ name: string }] } } }) => void,
) {
  const dir = scratch.path('models');
  await mkdir(join(dir, 'registry'), { recursive: true });
  await symlink(join(modelsDir, 'compact'), join(dir, 'compact'));
  const record = JSON.parse(await readFile(join(modelsDir, 'registry/compact-denoise.json'), 'utf8'));
  change(record);
  await writeFile(join(dir, 'registry/compact-denoise.json'), JSON.stringify(record));
  return dir;
}

describe('abort', () => {
  it('before the start is canceled', async () => {
    const path = await write(createProductShot(60, 80).photo);
    const signal = AbortSignal.abort();
    await expect(run(path, { denoise: true }, { signal })).rejects.toMatchObject({ code: 'canceled' });
  });

  it('gives the reason when that has a code', async () => {
    const path = await write(createProductShot(60, 80).photo);
    const signal = AbortSignal.abort(new AppError('timed_out'));
    await expect(run(path, { denoise: true }, { signal })).rejects.toMatchObject({ code: 'timed_out' });
  });
});

describe('models', () => {
  it('are named with checksum and provider', async () => {
    const { models, provider, costs } = runner.info();
    expect(provider).toBe('cpu');
    const registry = await readRegistry(modelsDir);
    const onCpu = (record: ModelRecord) =>
      registry.forTask(record.task).find(({ cpu_form_of }) => cpu_form_of === record.id) ?? record;
    const usual = MODEL_TASKS.map((task) => registry.defaultOf(task)).filter((record) => record !== null);
    const defaults = usual.map(onCpu);
    expect(models.map(({ id, task }) => `${task} ${id}`)).toEqual(defaults.map(({ id, task }) => `${task} ${id}`));
    expect(defaults.length).toBeGreaterThanOrEqual(3);
    // A model for prompts serves within the cut-out and is counted by itself.
    for (const { id, task } of defaults) {
      expect(costs.stages[task as StageName] ?? costs.models[id]?.perPicture).toBeGreaterThan(0);
    }
    // What is not loaded is estimated: the larger of two models of a kind costs more.
    const large = costs.models['nafnet-sidd-w64']?.perMegapixel ?? 0;
    expect(large).toBeGreaterThan(costs.models['nafnet-sidd-w32']?.perMegapixel ?? 0);
    expect(costs.models['nafnet-sidd-w32']?.perMegapixel).toBeGreaterThan(0);
    expect(costs.models['birefnet-hr']?.perPicture).toBeGreaterThan(costs.models['birefnet-general']?.perPicture ?? 0);
  });

  it('that are not installed are refused by name', async () => {
    const path = await write(createProductShot(60, 80).photo);
    await expect(run(path, { denoise: { model: 'nafnet-sidd' } })).rejects.toMatchObject({
      code: 'model_not_available',
      message: 'There is no model nafnet-sidd.',
    });
  });

  it('that somebody adds, a file and its record, serve whoever names them (the example in CONTRIBUTING.md)', async () => {
    const dir = scratch.path('models');
    for (const folder of ['compact', 'registry'])
      await cp(join(modelsDir, folder), join(dir, folder), { recursive: true });
    await cp(join(dir, 'compact/compact-denoise.onnx'), join(dir, 'acme-denoise.onnx'));
    const record = JSON.parse(await readFile(join(dir, 'registry/compact-denoise.json'), 'utf8'));
    const files = [{ ...record.files[0], bundled: 'acme-denoise.onnx' }];
    const added = { ...record, id: 'acme-denoise', files, default: false, packs: [] };
    await writeFile(join(dir, 'registry/acme-denoise.json'), JSON.stringify(added));
    const by = await createRunner({ ...runnerOptions, modelsDir: dir });
    try {
      const path = await write(createProductShot(60, 80).photo);
      const { report } = await run(path, { denoise: { model: 'acme-denoise' } }, { by });
      expect(report.stages[0]?.model).toBe('acme-denoise');
      expect((await run(path, { denoise: true }, { by })).report.stages[0]?.model).toBe('compact-denoise');
    } finally {
      await by.close();
    }
  });

  it('with another checksum than their record do not start', async () => {
    const dir = await variant((record) => {
      record.files[0].sha256 = '0'.repeat(64);
    });
    await expect(createRunner({ ...runnerOptions, modelsDir: dir })).rejects.toMatchObject({ code: 'model_mismatch' });
  });

  it('with another input than their record do not start, and the message says which', async () => {
    const dir = await variant((record) => {
      record.graphs.main.inputs[0].name = 'pixels';
    });
    await expect(createRunner({ ...runnerOptions, modelsDir: dir })).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'The model compact-denoise does not match its record: it has no input "pixels", but "rgb".',
    });
  });

  it('whose file is absent do not start', async () => {
    const dir = scratch.path('models');
    await cp(join(modelsDir, 'registry'), join(dir, 'registry'), { recursive: true });
    await expect(createRunner({ ...runnerOptions, modelsDir: dir })).rejects.toMatchObject({
      code: 'model_not_installed',
    });
  });
});

describe('an execution provider', () => {
  it('that is demanded and absent is an error at the start', async () => {
    await expect(createRunner({ ...runnerOptions, providers: [NONESUCH] })).rejects.toMatchObject({
      code: 'backend_unavailable',
    });
  });

  it('that is preferred and absent gives way to the next, and the one in use is told', async () => {
    const other = await createRunner({
      ...runnerOptions,
      modelsDir: await variant(() => undefined),
      providers: [NONESUCH, 'cpu'],
    });
    expect(other.info()).toMatchObject({ provider: 'cpu', providers: ['nonesuch', 'cpu'] });
    await other.close();
  });
});
