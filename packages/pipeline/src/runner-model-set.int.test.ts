import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProductShot } from './bench/product-shot';
import { ModelSetFull } from './models/model-set';
import { createRunner, type Runner } from './runner';
import { fixtureRecord, modelsFolder } from './testing/graph-fixtures';
import { createScratch, runnerOptions } from './testing/scratch';

/** Bytes of a run of each fixture. */
const RUN = 1000 * 32 * 32;

const cutout = (id: string) =>
  fixtureRecord(
    'alpha',
    'background',
    {},
    {},
    {
      ...{ id, size: { policy: 'stretch', width: 32, height: 32 }, memory_mb_per_megapixel: 1000 },
    },
  );

const scratch = createScratch();
let folder: Awaited<ReturnType<typeof modelsFolder>>;
let runner: Runner;
let photo: string;
let weights: number;
beforeAll(async () => {
  folder = await modelsFolder([cutout('first'), cutout('second')]);
  weights = (await readFile(join(folder.modelsDir, 'alpha.onnx'))).length;
  photo = await scratch.write(createProductShot(60, 80).photo);
  runner = await scratch.start({ ...runnerOptions, ...folder, modelMemoryBytes: weights + RUN, modelSet: ['first'] });
});
afterAll(async () => {
  await scratch.close();
  await folder.remove();
});

const run = (by: Runner, model: string) => scratch.run(photo, { background: { model, decontaminate: false } }, { by });

it('a runner tells what its models take, and what it left out', () => {
  expect(runner.info()).toMatchObject({
    models: [{ id: 'first', provider: 'cpu', memoryBytes: weights + RUN }],
    memoryBytes: weights + RUN,
    leftOut: [],
  });
});

it('an item for whose models there is no room is thrown back before any work; one that starts with them runs it', async () => {
  const before = new Set(readdirSync(scratch.folder()));
  const refused = await run(runner, 'second').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ModelSetFull);
  const [output = ''] = readdirSync(scratch.folder()).filter((name) => !before.has(name));
  expect(readdirSync(join(scratch.folder(), output))).toEqual([]);
  expect((await run(runner, 'first')).report.models).toMatchObject([{ id: 'first' }]);

  const { models: needed } = refused as ModelSetFull;
  const other = await createRunner({ ...runnerOptions, ...folder, modelMemoryBytes: 1, needed, modelSet: ['first'] });
  try {
    expect((await run(other, 'second')).report.models).toMatchObject([{ id: 'second' }]);
    expect(other.info().leftOut).toMatchObject([{ id: 'first' }]);
  } finally {
    await other.close();
  }
});
