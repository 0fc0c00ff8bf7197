import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedModel } from '../named-models';
import { createInference, type Inference } from '../runtime/inference';
import { fixtureRecord, modelsFolder } from '../testing/graph-fixtures';
import { runnerOptions } from '../testing/scratch';
import { type LeftOut, loadSet, type WantedModels } from './load-set';
import { machineMemory } from './memory';
import { ModelSet, ModelSetFull } from './model-set';
import { createNetworks, type Networks } from './networks';
import { readRegistry } from './registry';

/** Megabytes per megapixel of every fixture, and the pixels that enter: bytes of a run. */
const PER_MEGAPIXEL = 1000;
const RUN = PER_MEGAPIXEL * 32 * 32;

const size = { policy: 'stretch', width: 32, height: 32 } as const;
const tiles = { policy: 'tile', multiple: 8, tile: 256, overlap: 16, exact: true } as const;
const cutout = (id: string, rest: Partial<ReturnType<typeof fixtureRecord>> = {}) =>
  fixtureRecord('alpha', 'background', {}, {}, { id, size, memory_mb_per_megapixel: PER_MEGAPIXEL, ...rest });

let inference: Inference;
let folder: Awaited<ReturnType<typeof modelsFolder>>;
let weights: number;
beforeAll(async () => {
  inference = createInference(runnerOptions);
  const other = cutout('broken').files?.map((file) => ({ ...file, sha256: '0'.repeat(64) })) ?? [];
  const absent = cutout('absent').files?.map((file) => ({ ...file, bundled: 'absent.onnx' })) ?? [];
  const tiled = fixtureRecord(
    'brighten',
    'denoise',
    {},
    { role: 'image', activation: 'clamp' },
    {
      ...{ id: 'tiled', size: tiles, memory_mb_per_megapixel: (1.5 * machineMemory()) / tiles.tile ** 2 },
    },
  );
  folder = await modelsFolder([
    ...[cutout('first', { default: true }), cutout('second'), cutout('third')],
    cutout('giant', { memory_mb_per_megapixel: 1e9 }),
    cutout('broken', { files: other }),
    tiled,
    cutout('absent', { files: absent }),
    cutout('foreign', { licence: { spdx: 'GPL-3.0', commercial: true, accept: true } }),
  ]);
  weights = (await readFile(join(folder.modelsDir, 'alpha.onnx'))).length;
});
afterAll(async () => {
  await inference.close();
  await folder.remove();
});

interface Started {
  networks: Networks;
  set: ModelSet;
  leftOut: LeftOut[];
}

/** A process with room for so many of the models. */
async function start(room: number, wanted: WantedModels = {}): Promise<Started> {
  const registry = await readRegistry(folder.modelsDir);
  const set = new ModelSet(room === 0 ? 1 : room * weights + RUN, new Set(wanted.needed));
  const networks = createNetworks(inference, folder, registry, {}, set);
  return { networks, set, leftOut: await loadSet(networks, registry, wanted) };
}

const loaded = ({ networks }: Started) => networks.loaded().map(({ record }) => record.id);
const prepare = ({ networks }: Started, id?: string) => networks.prepare([{ task: 'background', id }]);

describe('a process starts with', () => {
  it('the defaults of the tasks', async () => {
    const started = await start(1);
    expect(loaded(started)).toEqual(['first']);
    expect(started.set.bytes).toBe(weights + RUN);
  });

  it('what an item waits for, what served last, what the operator asks for and the defaults, as far as there is room', async () => {
    const started = await start(3, { needed: ['third'], modelSet: ['second'], required: ['third', 'first'] });
    expect(loaded(started)).toEqual(['third', 'second', 'first']);
    const smaller = await start(2, { needed: ['third'], modelSet: ['second'], required: ['third', 'first'] });
    expect(loaded(smaller)).toEqual(['third', 'second']);
    expect(smaller.leftOut).toEqual([{ id: 'first', reason: 'there is no room for it beside the others' }]);
  });

  it('what an item waits for although it takes more than models may, and then with nothing else', async () => {
    expect(loaded(await start(0, { needed: ['third'], modelSet: ['second'] }))).toEqual(['third']);
  });

  it('the rest of what served last when one of it does not load any more, and tells why', async () => {
    const started = await start(3, { needed: ['absent'], modelSet: ['nonesuch', 'second'] });
    expect(loaded(started)).toEqual(['second', 'first']);
    expect(started.leftOut).toEqual([
      { id: 'absent', reason: expect.stringContaining('packshot models pull absent') },
      { id: 'nonesuch', reason: 'There is no model nonesuch.' },
    ]);
    await expect(prepare(started, 'absent')).rejects.toMatchObject({ code: 'model_not_installed' });
  });
});

describe('a process does not start when the operator asks for', () => {
  it('what is not installed, and tells the command that installs it', async () => {
    await expect(start(2, { required: ['absent'] })).rejects.toMatchObject({
      code: 'model_not_installed',
      message: expect.stringContaining('packshot models pull absent'),
    });
  });

  it('what has a licence that was not accepted', async () => {
    await expect(start(2, { required: ['foreign'] })).rejects.toMatchObject({ code: 'licence_not_accepted' });
  });

  it('what there is not', async () => {
    await expect(start(2, { required: ['nonesuch'] })).rejects.toMatchObject({ code: 'model_not_available' });
  });
});

describe('a model that an item names', () => {
  it('is loaded where there is room, once for all who name it', async () => {
    const started = await start(2);
    await Promise.all([prepare(started, 'second'), prepare(started, 'second'), prepare(started)]);
    expect(loaded(started)).toEqual(['first', 'second']);
    expect(started.set.bytes).toBe(2 * weights + RUN);
  });

  it('and for which there is no room needs another process; what is loaded stays', async () => {
    const started = await start(1);
    await expect(prepare(started, 'second')).rejects.toThrow(ModelSetFull);
    await expect(prepare(started, 'second')).rejects.toMatchObject({ models: ['second'] });
    expect(loaded(started)).toEqual(['first']);
    await prepare(started, 'first');
  });

  it('takes no room when it, or one that the item needs beside it, does not load', async () => {
    const started = await start(3);
    const [broken, second] = ['broken', 'second'].map((id) => ({ task: 'background' as const, id }));
    await expect(started.networks.prepare([broken, second] as NamedModel[])).rejects.toMatchObject({
      code: 'model_mismatch',
    });
    expect(started.set.bytes).toBe(weights + RUN);
  });

  it('is asked for together with the others that the item needs, loaded or not', async () => {
    const { networks } = await start(2);
    const both = networks.prepare(['second', 'first', 'third'].map((id) => ({ task: 'background', id })));
    await expect(both).rejects.toMatchObject({ models: ['second', 'first', 'third'] });
  });

  it('may be a default that had no room at the start', async () => {
    const started = await start(1, { needed: ['second'] });
    await expect(prepare(started)).rejects.toMatchObject({ models: ['first'] });
  });

  it('and that this machine cannot hold is refused for good', async () => {
    await expect(prepare(await start(1), 'giant')).rejects.toMatchObject({ code: 'model_too_large', retryable: false });
  });

  it('and that this machine can hold on small tiles only is not refused', async () => {
    const named = [{ task: 'denoise' as const, id: 'tiled' }];
    await expect((await start(1)).networks.prepare(named)).rejects.toThrow(ModelSetFull);
  });

  it.each([
    ['absent', 'model_not_installed'],
    ['foreign', 'licence_not_accepted'],
  ])('and that could not be loaded anyway asks for no other process: %s', async (id, code) => {
    await expect(prepare(await start(1), id)).rejects.toMatchObject({ code });
  });
});
