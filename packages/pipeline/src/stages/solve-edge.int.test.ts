import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Pipeline, type PipelineRequest, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { loadNetwork } from '../models/load-network';
import type { Network } from '../models/network';
import { modelRecordSchema } from '../models/record';
import { createRaster, type Raster } from '../pixels';
import { paintRaster } from '../pixels/synthetic-pictures';
import { createRunner } from '../runner';
import { createInference, type Inference } from '../runtime/inference';
import { hashFile } from '../runtime/weights';
import { createScratch, runnerOptions } from '../testing/scratch';
import { solveEdge } from './solve-edge';

const fixtures = resolve(__dirname, '../../fixtures/matting');
const scratch = createScratch();
let inference: Inference;
let network: Network;
/** The record of a published matting model with the file of the fixture. */
let record: object;

beforeAll(async () => {
  const published = JSON.parse(await readFile(join(runnerOptions.modelsDir, 'registry/vitmatte-small.json'), 'utf8'));
  const file = { role: 'main', path: 'model.onnx', bundled: 'tiny-matte.onnx', bytes: 1 };
  record = {
    ...published,
    id: 'tiny-matte',
    files: [{ ...file, sha256: await hashFile(join(fixtures, 'tiny-matte.onnx')) }],
  };
  inference = createInference({ providers: ['cpu'], threads: 1 });
  const places = { modelsDir: fixtures, storeDir: scratch.path('store') };
  network = await loadNetwork(inference, places, modelRecordSchema.parse(record));
});
afterAll(async () => {
  await inference.close();
  await scratch.remove();
});

/** Red falls from left to right: the fixture's alpha is what is left of it. */
const colour = paintRaster(120, 60, (x) => [255 - 2 * x, 90, 40]);
/** Product up to column 60, a soft edge five columns wide. */
const mask = Uint8Array.from({ length: 7200 }, (_, i) => Math.min(255, Math.max(0, (62 - (i % 120)) * 51)));

type Background = Exclude<PipelineRequest['background'], boolean | string | undefined>;

function parameters(request: Background): Exclude<Pipeline['background'], false> {
  const { background } = resolvePipeline(pipelineSchema.parse({ background: request }));
  if (background === false) throw new Error('off');
  return background;
}

async function solve(request: Background, alpha: Uint8Array, picture: Raster = colour, signal?: AbortSignal) {
  const notes: string[] = [];
  const solved = alpha.slice();
  await solveEdge(picture, solved, parameters(request), {
    ...{ signal: signal ?? new AbortController().signal, progress: () => undefined },
    ...{ note: (text: string) => notes.push(text), networkFor: async () => network },
  });
  return { alpha: solved, notes };
}

describe('solveEdge', () => {
  it('takes the matting network at its word along the edge, and only there', async () => {
    const { alpha } = await solve({ matting: 'vitmatte' }, mask);
    expect([alpha[30], alpha[100]]).toEqual([255, 0]);
    for (const x of [57, 60, 63])
      expect(Math.abs((alpha[20 * 120 + x] as number) - (255 - 2 * x))).toBeLessThanOrEqual(1);
  });

  it('opens what the thresholds leave open, eroded', async () => {
    const thresholds = { foreground_threshold: 240, background_threshold: 10, erode_size: 40 };
    const { alpha } = await solve({ matting: 'vitmatte', alpha_matting: thresholds }, mask);
    for (const x of [42, 60, 78])
      expect(Math.abs((alpha[30 * 120 + x] as number) - (255 - 2 * x))).toBeLessThanOrEqual(1);
    expect([alpha[30 * 120 + 25], alpha[30 * 120 + 100]]).toEqual([255, 0]);
  });

  it('leaves masks that are all product, all backdrop or all doubt as they are, and says so', async () => {
    for (const matting of ['vitmatte', 'closed-form'] as const) {
      for (const byte of [0, 128, 255]) {
        const { alpha, notes } = await solve({ matting }, new Uint8Array(7200).fill(byte));
        expect(alpha.every((value) => value === byte)).toBe(true);
        expect(notes).toHaveLength(1);
      }
    }
    const dot = await solve({ matting: 'closed-form' }, Uint8Array.of(77), createRaster(1, 1, 3));
    expect([...dot.alpha]).toEqual([77]);
  });

  it('does nothing for other mattings', async () => {
    expect((await solve({ matting: 'guided' }, mask)).alpha).toEqual(mask);
  });

  it('stops in the middle of the work when it is called off', async () => {
    const calledOff = new AbortController();
    const large = createRaster(3000, 3000, 3);
    const disc = Uint8Array.from({ length: 9e6 }, (_, i) => (Math.abs((i % 3000) - 1500) < 900 ? 255 : 0));
    const work = solve({ matting: 'closed-form' }, disc, large, calledOff.signal);
    setImmediate(() => calledOff.abort(new Error('enough')));
    await expect(work).rejects.toThrow('enough');
  });
});

it('a pipeline names the matting model, and the report says that it ran', async () => {
  const dir = scratch.path('models');
  const { modelsDir } = runnerOptions;
  for (const file of ['compact/compact-cutout.onnx', 'registry/compact-cutout.json', 'registry/vitmatte-small.json'])
    await cp(join(modelsDir, file), join(dir, file));
  await cp(join(fixtures, 'tiny-matte.onnx'), join(dir, 'tiny-matte.onnx'));
  await writeFile(join(dir, 'registry/tiny-matte.json'), JSON.stringify(record));
  const by = await createRunner({ ...runnerOptions, modelsDir: dir });
  try {
    const path = await scratch.write(
      paintRaster(300, 200, (x, y) => (Math.hypot(x - 150, y - 100) < 60 ? [200, 30, 30] : [240, 240, 240])),
    );
    const background = { matting: 'vitmatte', matting_model: 'tiny-matte' } as const;
    const { report } = await scratch.run(path, { background }, { by });
    expect(report.models.map(({ id }) => id)).toEqual(['compact-cutout', 'tiny-matte']);
    const named = scratch.run(path, { background: { ...background, matting_model: 'vitmatte-small' } }, { by });
    await expect(named).rejects.toMatchObject({ code: 'model_not_installed' });
  } finally {
    await by.close();
  }
}, 60_000);
