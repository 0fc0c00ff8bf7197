import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createRaster, type Raster } from '../pixels';
import { unhurried } from '../pixels/matting/reference-pictures';
import { createInference, type Inference } from '../runtime/inference';
import { fixtureRecord, modelsFolder } from '../testing/graph-fixtures';
import { createScratch, runnerOptions } from '../testing/scratch';
import { cropAnswer, fitPicture } from './fit-picture';
import { loadNetwork } from './load-network';
import { type Network, runNetwork } from './network';
import { createNetworks } from './networks';
import { modelRecordSchema } from './record';
import { readRecords, readRegistry } from './registry';

type Written = ReturnType<typeof fixtureRecord>;
const stretch32 = { policy: 'stretch', width: 32, height: 32 } as const;

let inference: Inference;
beforeAll(() => {
  inference = createInference(runnerOptions);
});
afterAll(() => inference.close());

let loads = 0;
/** Loads a record's graph on its own. */
async function load(written: Written): Promise<Network> {
  const folder = await modelsFolder([]);
  try {
    return await loadNetwork(
      inference,
      folder,
      modelRecordSchema.parse({ ...written, id: `${written.id}-${++loads}` }),
    );
  } finally {
    await folder.remove();
  }
}

function plain(width: number, height: number, colour: readonly number[]): Raster {
  const raster = createRaster(width, height, 3);
  raster.data.forEach((_, i) => {
    raster.data[i] = colour[i % 3] ?? 0;
  });
  return raster;
}

/** The alpha of a picture of one colour, which is of one value. */
async function alphaOf(written: Written, colour: readonly number[]): Promise<number> {
  const network = await load(written);
  const { tensor, content } = await fitPicture(network.record, plain(40, 30, colour), unhurried);
  const { data } = cropAnswer(await runNetwork(network, [tensor]), content);
  const [least, greatest] = [Math.min(...data), Math.max(...data)];
  expect(greatest - least).toBeLessThan(1e-4);
  return data[0] ?? Number.NaN;
}

const cutout = (
  input: Parameters<typeof fixtureRecord>[2] = {},
  output: Parameters<typeof fixtureRecord>[3] = {},
  graph = 'alpha',
) => fixtureRecord(graph, 'background', input, output, { size: stretch32 });
const clamp = { activation: 'clamp' } as const;

describe('what enters a network', () => {
  const colour = [200, 100, 50];
  const weigh = (value: (byte: number, channel: number) => number) =>
    0.5 * value(200, 0) + 0.3 * value(100, 1) + 0.2 * value(50, 2);

  it.each([
    ['the bytes over 255', {}, weigh((byte) => byte / 255)],
    [
      'less a mean, over a deviation',
      { mean: [0.1, 0.2, 0.05], std: [1.5, 1, 2] },
      weigh((byte, c) => (byte / 255 - ([0.1, 0.2, 0.05][c] ?? 0)) / ([1.5, 1, 2][c] ?? 1)),
    ],
    [
      'on the scale of bytes',
      { range: 255, mean: [20, 20, 20], std: [256, 256, 256] },
      weigh((byte) => (byte - 20) / 256),
    ],
    ['over the largest byte of the picture', { divide_by_max: true }, weigh((byte) => byte / 200)],
  ] as const)('is RGB: %s', async (_, input, expected) => {
    const given = { ...input, ...('mean' in input ? { mean: [...input.mean], std: [...input.std] } : {}) };
    expect(await alphaOf(cutout(given as never), colour)).toBeCloseTo(expected, 4);
  });

  it('is half precision where the graph takes that, whatever the record says', async () => {
    const found = await alphaOf(cutout({}, {}, 'alpha-half'), colour);
    expect(found).toBeCloseTo(
      weigh((byte) => byte / 255),
      2,
    );
    expect(found).not.toBe(weigh((byte) => byte / 255));
  });
});

describe('what leaves a network', () => {
  const colour = [255, 0, 0];

  it.each([
    ['by name', { name: 'alpha' }, 0.5],
    ['the first when no name is known', { index: 0 }, 0.5],
    ['the last when the record says so', { index: -1 }, 0.5],
    ['another by name', { name: 'side3' }, 0.5],
  ])('is taken %s', async (_, output, expected) => {
    const colours = [204, 0, 0];
    const side = ('index' in output && output.index === -1) || ('name' in output && output.name === 'side3');
    expect(await alphaOf(cutout({}, output, 'alpha-of-seven'), colours)).toBeCloseTo(side ? 0.6 : 0.4, 4);
    expect(expected).toBe(0.5);
  });

  it('is squashed where it gives logits', async () => {
    const found = await alphaOf(cutout({}, { activation: 'sigmoid' }, 'logits'), [255, 255, 0]);
    expect(found).toBeCloseTo(1 / (1 + Math.exp(-12 * 0.3)), 4);
  });

  it('is cut off where it overshoots', async () => {
    expect(await alphaOf(cutout({ std: [0.1, 1, 1] }, clamp), colour)).toBe(1);
  });

  it('is stretched to its extremes where the record asks for that, and an even answer is nothing', async () => {
    const network = await load(cutout({}, { min_max: true }));
    const picture = plain(32, 32, [100, 100, 100]);
    picture.data.fill(180, 0, 3 * 32 * 16);
    const run = async (raster: Raster) =>
      (await runNetwork(network, [(await fitPicture(network.record, raster, unhurried)).tensor])).data;
    const data = await run(picture);
    expect([data[0], data[32 * 32 - 1]]).toEqual([1, 0]);
    expect(new Set(await run(plain(32, 32, [90, 90, 90])))).toEqual(new Set([0]));
  });
});

describe('a graph that is not what its record says is refused, with what was expected and found:', () => {
  const image = { role: 'image', activation: 'clamp' } as const;
  it.each([
    ['an input of another name', cutout({ name: 'pixels' }), 'it has no input "pixels", but "rgb"'],
    ['fewer outputs', cutout({}, { index: 7 }, 'alpha-of-seven'), 'it has no output number 7, but "alpha", "side1"'],
    [
      'another size',
      fixtureRecord(
        'alpha-32',
        'background',
        { dims: [1, 3, 64, 64] },
        {},
        { size: { ...stretch32, width: 64, height: 64 } },
      ),
      'its input "rgb" is float32 [1,3,32,32], not float32 [1,3,64,64]',
    ],
    [
      'another number of channels',
      cutout({ dims: [1, 12, 'h', 'w'] }),
      'its input "rgb" is float32 [1,3,h,w], not float32 [1,12,h,w]',
    ],
    ['another type', cutout({ type: 'int64' }), 'its input "rgb" is float32 [1,3,h,w], not int64 [1,3,h,w]'],
    ['another input beside', cutout({}, {}, 'two-inputs'), 'it has an input "mask" that the record does not name'],
    [
      'an answer that is no alpha',
      cutout({ mean: [-9, 0, 0] }, {}, 'logits'),
      'an alpha of 0 to 1 was expected, 0.00 to 0.00 found',
    ],
    [
      'an answer of another size',
      fixtureRecord(
        'enlarge-2',
        'upscale',
        {},
        { ...image, scale: 4 },
        { size: { policy: 'tile', multiple: 1, tile: 64, overlap: 0, exact: true } },
      ),
      'answered [1,3,512,512] to 256 x 256 pixels',
    ],
  ])('%s', async (name, written, message) => {
    const network = load(written);
    if (name !== 'an answer that is no alpha') {
      await expect(network).rejects.toMatchObject({
        code: 'model_mismatch',
        message: expect.stringContaining(message),
      });
      return;
    }
    const loaded = await network;
    const { tensor } = await fitPicture(loaded.record, plain(32, 32, [0, 0, 0]), unhurried);
    const run = runNetwork(loaded, [tensor]);
    await expect(run).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringMatching(/alpha of 0 to 1 was expected, .* found/),
    });
  });

  it('an alpha that would be squashed a second time', async () => {
    const network = await load(cutout({}, { activation: 'sigmoid' }));
    const picture = plain(32, 32, [0, 0, 0]);
    picture.data.fill(255, 0, 3 * 32 * 16);
    const run = runNetwork(network, [(await fitPicture(network.record, picture, unhurried)).tensor]);
    await expect(run).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringMatching(/logits were expected, 0.* to 1.* found/),
    });
  });
});

describe('half precision that overflows', () => {
  const size = { policy: 'tile', multiple: 1, tile: 64, overlap: 0, exact: true } as const;
  const image = { role: 'image' } as const;
  const half = { ...fixtureRecord('overflow', 'denoise', {}, image, { size }), id: 'half' };

  it('is computed again by the model that the record names, and the caller is told', async () => {
    const folder = await modelsFolder([
      { ...half, fallback: 'brighten' },
      fixtureRecord('brighten', 'denoise', {}, image, { size }),
    ]);
    try {
      const networks = createNetworks(inference, folder, await readRegistry(folder.modelsDir), {});
      const network = await networks.get('denoise', 'half');
      const notes: string[] = [];
      const tensor = { data: Float32Array.of(0.25, 0, 0.5), dims: [1, 3, 1, 1] };
      const { data } = await runNetwork(network, [tensor], (text) => notes.push(text));
      expect([...data]).toEqual([0.5, 0, 1]);
      expect(notes).toEqual(['answers of half were not finite; brighten ran instead']);
    } finally {
      await folder.remove();
    }
  });

  it('is an error where no other model is named', async () => {
    await expect(load(half)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('not finite'),
    });
  });
});

describe('in the pipeline', () => {
  const scratch = createScratch();
  const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
  let folder: Awaited<ReturnType<typeof modelsFolder>>;
  beforeAll(async () => {
    const tile = { policy: 'tile', multiple: 1, tile: 64, overlap: 8, exact: false } as const;
    folder = await modelsFolder([
      {
        ...cutout({ mean: [...imagenet.mean], std: [...imagenet.std] } as never, { activation: 'sigmoid' }, 'alpha-32'),
        id: 'saliency',
      },
      fixtureRecord('enlarge-4', 'upscale', {}, { role: 'image', scale: 4 }, { size: tile }),
      fixtureRecord(
        'enlarge-2',
        'upscale',
        {},
        { role: 'image', scale: 2 },
        { size: { ...tile, multiple: 2 }, denoise: 0.5, default: true, fourfold: 'enlarge-4' },
      ),
      {
        ...fixtureRecord(
          'brighten',
          'deblur',
          {},
          { role: 'image' },
          { size: { ...tile, fixed: true }, blur: 'motion' },
        ),
        default: true,
      },
    ]);
    await scratch.start({ ...runnerOptions, ...folder });
  });
  afterAll(async () => {
    await scratch.close();
    await folder.remove();
  });

  it('makes the mask that rembg makes of the same graph', async () => {
    const fixture = JSON.parse(readFileSync(resolve(__dirname, '../../fixtures/graphs/rembg-mask.json'), 'utf8'));
    const { width, height } = fixture;
    const path = await scratch.write({ width, height, channels: 3, data: Buffer.from(fixture.picture, 'base64') });
    const background = { model: 'saliency', matting: 'none', decontaminate: false } as const;
    const masks = async (compatibility: 'rembg' | 'none') => {
      const { outputDir } = await scratch.run(path, { background: { ...background, compatibility } });
      // Grey is read as three equal channels.
      return (await scratch.pixels(`${outputDir}/mask.png`)).filter((_, i) => i % 3 === 0);
    };
    const expected = Buffer.from(fixture.mask, 'base64');
    const distance = (found: Uint8Array) =>
      expected.reduce((sum, value, i) => sum + Math.abs(value - (found[i] ?? 0)), 0) / expected.length;
    const compatible = await masks('rembg');
    expect(compatible).toHaveLength(expected.length);
    expect(distance(compatible)).toBeLessThan(0.05);
    // Not by chance: the record's own way gives another mask.
    expect(distance(await masks('none'))).toBeGreaterThan(5);
  });

  it('enlarges twice by a model that enlarges four times, every pixel in its place', async () => {
    const picture = createRaster(90, 70, 3);
    picture.data.forEach((_, i) => {
      picture.data[i] = Math.imul(i + 1, 2654435761) >>> 24;
    });
    const path = await scratch.write(picture);
    const enlarged = async (model: string, scale: 2 | 4) => {
      const { report } = await scratch.run(path, { upscale: { model, scale }, output: { format: 'png' } });
      expect([report.result.width, report.result.height]).toEqual([90 * scale, 70 * scale]);
      return scratch.pixels(report.result.path);
    };
    expect(await enlarged('enlarge-4', 2)).toEqual(await enlarged('enlarge-2', 2));
    expect(await enlarged('enlarge-4', 4)).toEqual(await enlarged('enlarge-2', 4));
  });

  it('enlarges by the default model, fourfold by the one that this names for it', async () => {
    const path = await scratch.write(plain(20, 20, [1, 2, 3]));
    const ran = async (upscale: object) => (await scratch.run(path, { upscale })).report.stages[0]?.model;
    expect(await ran({ scale: 2 })).toBe('enlarge-2');
    expect(await ran({ scale: 4 })).toBe('enlarge-4');
    expect(await ran({ scale: 4, model: 'enlarge-2' })).toBe('enlarge-2');
  });

  it('enlarges colour and transparency apart: neither is seen in the other', async () => {
    const [width, height] = [40, 30];
    const picture = createRaster(width, height, 3);
    picture.data.forEach((_, i) => {
      picture.data[i] = Math.imul(i + 1, 2654435761) >>> 24;
    });
    const alpha = Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 255 : 0));
    const enlarged = async (path: string) => {
      const upscale = { model: 'enlarge-4', scale: 4 } as const;
      return scratch.pixels((await scratch.run(path, { upscale, output: { format: 'png' } })).report.result.path);
    };
    const opaque = await enlarged(await scratch.write(picture));
    const found = await enlarged(await scratch.write(picture, alpha));
    expect(found.filter((_, i) => i % 4 < 3)).toEqual(opaque);
    const enlargedAlpha = found.filter((_, i) => i % 4 === 3);
    const row = enlargedAlpha.subarray(0, 4 * width);
    // The colours are noise, and no row of the alpha shows it.
    expect(enlargedAlpha).toEqual(enlargedAlpha.map((_, i) => row[i % row.length] ?? 0));
    expect([row[0], row.at(-1)]).toEqual([255, 0]);
  });

  it('refuses a strength of noise removal that the model was not made with', async () => {
    const path = await scratch.write(plain(20, 20, [1, 2, 3]));
    await scratch.run(path, { upscale: { model: 'enlarge-2', denoise: 0.5 } });
    for (const upscale of [
      { model: 'enlarge-2', denoise: 1 },
      { model: 'enlarge-4', denoise: 0.5 },
    ]) {
      await expect(scratch.run(path, { upscale })).rejects.toMatchObject({ code: 'model_not_available' });
    }
  });

  it('takes a model for deblurring that fits the kind of blur, and weighs its answer by strength', async () => {
    const path = await scratch.write(plain(100, 30, [40, 60, 80]));
    const { report } = await scratch.run(path, {
      deblur: { kind: 'motion', strength: 0.5 },
      output: { format: 'png' },
    });
    expect(report.stages).toMatchObject([{ name: 'deblur', model: 'brighten', skipped: null }]);
    expect([...(await scratch.pixels(report.result.path)).subarray(0, 3)]).toEqual([60, 90, 120]);
    await expect(scratch.run(path, { deblur: { kind: 'defocus' } })).rejects.toMatchObject({
      code: 'model_not_installed',
    });
    await expect(scratch.run(path, { deblur: { kind: 'defocus', model: 'brighten' } })).rejects.toMatchObject({
      code: 'model_not_available',
    });
  });
});

describe('a pipeline with deblurring where no model for it is installed', () => {
  const scratch = createScratch();
  beforeAll(async () => {
    const modelsDir = scratch.path('models');
    await mkdir(join(modelsDir, 'registry'), { recursive: true });
    await symlink(join(runnerOptions.modelsDir, 'compact'), join(modelsDir, 'compact'));
    for (const record of await readRecords(runnerOptions.modelsDir)) {
      if (record.task === 'deblur' && (record.default || record.cpu_form_of !== undefined)) continue;
      await writeFile(join(modelsDir, 'registry', `${record.id}.json`), JSON.stringify(record));
    }
    await scratch.start({ ...runnerOptions, modelsDir, storeDir: scratch.path('store') });
  });
  afterAll(() => scratch.close());

  it('skips it under auto and says so', async () => {
    const { report } = await scratch.run(await scratch.write(plain(20, 20, [9, 9, 9])), { deblur: 'auto' });
    expect(report.stages).toMatchObject([{ name: 'deblur', model: null, skipped: 'no model for deblur is installed' }]);
  });

  it.each([
    { deblur: true },
    { deblur: { when: 'auto', model: 'nafnet-gopro-w64' } },
    { denoise: { model: 'nafnet-sidd-w32' } },
  ] as const)('refuses %j before any work, naming the command', async (request) => {
    const path = await scratch.write(plain(20, 20, [9, 9, 9]));
    await expect(scratch.run(path, request)).rejects.toMatchObject({
      code: 'model_not_installed',
      message: expect.stringMatching(/packshot models pull nafnet-/),
    });
  });

  it('refuses by name what Packshot does not carry, and what needs its licence accepted', async () => {
    const path = await scratch.write(plain(20, 20, [9, 9, 9]));
    await expect(scratch.run(path, { denoise: { model: 'restormer' } })).rejects.toMatchObject({
      code: 'model_not_available',
      message: expect.stringContaining('Packshot does not carry restormer: '),
    });
    await expect(scratch.run(path, { background: { model: 'rmbg-1.4' } })).rejects.toMatchObject({
      code: 'licence_not_accepted',
    });
  });
});
