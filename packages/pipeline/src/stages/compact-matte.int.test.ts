import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadNetwork } from '../models/load-network';
import { type Network, pictureInput, runNetwork } from '../models/network';
import { modelRecordSchema } from '../models/record';
import { createRaster, type Raster, runMatte } from '../pixels';
import { applyGuided, guidedCoefficients } from '../pixels/guided-filter';
import { referenceBytes, referenceColour, unhurried } from '../pixels/matting/reference-pictures';
import type { MatteInput } from '../pixels/matting/run-matte';
import { UNKNOWN } from '../pixels/matting/trimap';
import { alphaToPlane, toPlanes } from '../pixels/resize';
import { meanDifference } from '../pixels/synthetic-pictures';
import { createInference, type Inference } from '../runtime/inference';
import { createScratch, runnerOptions } from '../testing/scratch';

const scratch = createScratch();
let inference: Inference;
let network: Network;
let input: MatteInput;

beforeAll(async () => {
  const { modelsDir } = runnerOptions;
  const record = modelRecordSchema.parse(
    JSON.parse(await readFile(join(modelsDir, 'registry/compact-matte.json'), 'utf8')),
  );
  inference = createInference({ providers: ['cpu'], threads: 1 });
  network = await loadNetwork(inference, { modelsDir, storeDir: scratch.path('store') }, record);
  if (record.size?.policy !== 'multiple') throw new Error('not a matting model');
  input = { ...record.size, ...pictureInput(record) };
});
afterAll(async () => {
  await inference.close();
  await scratch.remove();
});

function solve(photo: Raster, trimap: Uint8Array, changes: Partial<MatteInput> = {}): Promise<Uint8Array> {
  const run = async (data: Float32Array<ArrayBuffer>, height: number, width: number) =>
    (await runNetwork(network, [{ data, dims: [1, 4, height, width] }])).data;
  return runMatte(
    { photo, trimap },
    { ...input, ...changes },
    { pace: unhurried, run, onReduced: () => expect(true).toBe(false) },
  );
}

/** What the guided filter makes of the same trimap. */
async function guided(photo: Raster, trimap: Uint8Array, radius: number): Promise<Uint8Array> {
  const { width, height } = photo;
  const [guide, start] = [
    await toPlanes(photo, width, height, unhurried),
    await alphaToPlane(trimap, photo, width, height, unhurried),
  ];
  return applyGuided(
    photo,
    guidedCoefficients(guide, start, { radius, epsilon: 1e-6 }),
    { low: 0, high: 1 },
    unhurried,
  );
}

/** Six by four of them, a picture larger than a tile. */
function tiled(width: number, height: number, bytes: Uint8Array, channels: number): Uint8Array {
  const row = width * channels;
  const large = new Uint8Array(24 * bytes.length);
  for (let y = 0; y < 4 * height; y++) {
    const line = bytes.subarray((y % height) * row, ((y % height) + 1) * row);
    for (let x = 0; x < 6; x++) large.set(line, (y * 6 + x) * row);
  }
  return large;
}

describe('compact-matte', () => {
  it.each(['hair', 'leaf'])('leaves at most half of the error of the guided filter on %s', async (name) => {
    const photo = await referenceColour(name, 'photo');
    const [trimap, truth] = [await referenceBytes(name, 'trimap'), await referenceBytes(name, 'alpha')];
    const open = (i: number) => trimap[i] === UNKNOWN;
    const error = meanDifference(await solve(photo, trimap), truth, open);
    for (const radius of [4, 8, 16]) {
      expect(error).toBeLessThan(meanDifference(await guided(photo, trimap, radius), truth, open) / 2);
    }
  });

  it('answers in tiles as it does at once, to two steps of 8 bits on the mean', async () => {
    const { width, height, data } = await referenceColour('hair', 'photo');
    const trimap = tiled(width, height, await referenceBytes('hair', 'trimap'), 1);
    const photo = { ...createRaster(6 * width, 4 * height, 3), data: tiled(width, height, data, 3) };
    const whole = await solve(photo, trimap, { tiles: undefined });
    expect(meanDifference(await solve(photo, trimap), whole, (i) => trimap[i] === UNKNOWN)).toBeLessThan(2);
  });
});
