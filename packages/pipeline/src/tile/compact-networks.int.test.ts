import { createProductShot } from '../bench/product-shot';
import { pictureScale } from '../models/network';
import { createNetworks, type Networks } from '../models/networks';
import { readRegistry } from '../models/registry';
import { createRaster } from '../pixels';
import { createInference, type Inference } from '../runtime/inference';
import { runnerOptions } from '../testing/scratch';
import { runTiled } from './run-tiled';

let inference: Inference;
let networks: Networks;
beforeAll(async () => {
  inference = createInference(runnerOptions);
  networks = createNetworks(inference, runnerOptions, await readRegistry(runnerOptions.modelsDir), {});
});
afterAll(() => inference.close());

it.each([
  ['denoise', 'compact-denoise'],
  ['upscale', 'compact-upscale'],
  ['upscale', 'compact-upscale-x4'],
  ['upscale', 'compact-upscale-int8'],
  ['upscale', 'compact-upscale-degraded-x2'],
  ['upscale', 'compact-upscale-degraded-x4'],
] as const)('the %s network %s shows no tiles: as one picture, to a step of 8 bits', async (task, id) => {
  const network = await networks.get(task, id);
  const scale = pictureScale(network.record);
  const { photo } = createProductShot(420, 300, 15);

  async function inTilesOf(tile: number): Promise<Uint8Array> {
    const target = createRaster(photo.width * scale, photo.height * scale, 3);
    const { size } = network.record;
    if (size?.policy !== 'tile') throw new Error('not tiled');
    const record = { ...network.record, size: { ...size, tile, exact: true } };
    await runTiled({ ...network, record }, photo, target, {
      signal: new AbortController().signal,
      progress: () => undefined,
      note: () => undefined,
    });
    return target.data;
  }

  const whole = await inTilesOf(640);
  const tiled = await inTilesOf(256);
  let worst = 0;
  for (let i = 0; i < whole.length; i++) worst = Math.max(worst, Math.abs((whole[i] ?? 0) - (tiled[i] ?? 0)));
  expect(worst).toBeLessThanOrEqual(1);
  // The pictures differ from the input at all: a network that does nothing would pass as well.
  expect(scale > 1 || Buffer.compare(whole, photo.data) !== 0).toBe(true);
});
