import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@packshot/contracts';
import { createProductShot } from './bench/product-shot';
import { createRunner, type Runner } from './runner';
import { createScratch, runnerOptions } from './testing/scratch';

const { modelsDir } = runnerOptions;
const scratch = createScratch();
const { write, run } = scratch;
let runner: Runner;
beforeAll(async () => {
  runner = await createRunner(runnerOptions);
  scratch.use(runner);
});
afterAll(async () => {
  await runner.close();
  await scratch.remove();
});

/** A models folder with one record, changed. */
async function variant(change: (record: { sha256: string; contract: { input: { name: string } } }) => void) {
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
  it('are named with checksum and provider', () => {
    const { models, provider, costs } = runner.info();
    expect(provider).toBe('cpu');
    expect(models.map(({ id, task }) => `${task} ${id}`)).toEqual([
      'denoise compact-denoise',
      'background compact-cutout',
      'upscale compact-upscale',
    ]);
    for (const seconds of Object.values(costs.stages)) expect(seconds).toBeGreaterThan(0);
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
    const added = { ...record, id: 'acme-denoise', file: 'acme-denoise.onnx', default: false };
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
      record.sha256 = '0'.repeat(64);
    });
    await expect(createRunner({ ...runnerOptions, modelsDir: dir })).rejects.toMatchObject({ code: 'model_mismatch' });
  });

  it('with another input than their record do not start, and the message says which', async () => {
    const dir = await variant((record) => {
      record.contract.input.name = 'pixels';
    });
    await expect(createRunner({ ...runnerOptions, modelsDir: dir })).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'The model compact-denoise does not match its record: it has no input "pixels".',
    });
  });

  it('whose file is absent do not start', async () => {
    const dir = scratch.path('models');
    await cp(join(modelsDir, 'registry'), join(dir, 'registry'), { recursive: true });
    await expect(createRunner({ ...runnerOptions, modelsDir: dir })).rejects.toMatchObject({
      code: 'model_not_available',
    });
  });
});

describe('an execution provider', () => {
  it('that is demanded and absent is an error at the start', async () => {
    await expect(createRunner({ ...runnerOptions, providers: ['nonesuch'] })).rejects.toMatchObject({
      code: 'backend_unavailable',
    });
  });

  it('that is preferred and absent gives way to the next, and the one in use is told', async () => {
    const other = await createRunner({
      ...runnerOptions,
      modelsDir: await variant(() => undefined),
      providers: ['nonesuch', 'cpu'],
    });
    expect(other.info()).toMatchObject({ provider: 'cpu', providers: ['nonesuch', 'cpu'] });
    await other.close();
  });
});
