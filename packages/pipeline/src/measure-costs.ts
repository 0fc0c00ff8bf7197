import { createProductShot } from './bench/product-shot';
import { blend } from './compose/blend';
import { growMatte } from './compose/outline';
import { place } from './compose/place';
import { equalise } from './contrast/clahe';
import { raiseEdges, smoothEvenAreas } from './contrast/detail';
import { readLightness, writeLightness } from './contrast/lightness';
import { type CostSheet, type ModelCost, rounds } from './cost';
import { sharp } from './image/loaders';
import { modelCosts } from './models/model-costs';
import type { Networks, Wanted } from './models/networks';
import type { ModelRecord, ModelTask } from './models/record';
import {
  applyGain,
  createPace,
  createPlane,
  estimateForeground,
  type Pace,
  type Raster,
  refineColour,
  retinexGain,
} from './pixels';

const SIDE = 512;

/**
 * Times what the stages and the codecs do on this machine, on one made-up picture of a quarter megapixel; what a
 * model costs that is not loaded is worked out from its record.
 */
export async function measureCosts(networks: Networks, records: readonly ModelRecord[]): Promise<CostSheet> {
  const { photo, mask } = createProductShot(SIDE, SIDE);
  const megapixels = (SIDE * SIDE) / 1e6;
  const seconds = async (work: () => unknown) => {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000 / megapixels;
  };
  const codec = await seconds(() =>
    sharp(photo.data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png({ compressionLevel: 4 })
      .toBuffer(),
  );
  const pace = createPace(new AbortController().signal);
  const shadow = await seconds(async () => applyGain(photo, await retinexGain(photo, pace), pace));
  const matting = await seconds(async () => {
    const alpha = await refineColour(photo, createPlane(288, 288, 0.5), pace);
    await estimateForeground(photo, alpha.fill(128), pace);
  });
  const contrast = await seconds(async () => {
    const lightness = await readLightness(photo, pace);
    await smoothEvenAreas(lightness, 0.5, pace);
    await raiseEdges(lightness, 0.5, pace);
    await equalise(lightness, { clipLimit: 2, tiles: 8 }, pace);
    await writeLightness(photo, lightness, pace);
  });
  const compose = await seconds(() => composeFully(photo, mask, pace));
  const models = modelCosts(networks.loaded(), records);
  // Of whichever model would serve the task, loaded or not.
  const costOf = async (task: ModelTask, wanted?: Wanted): Promise<Partial<ModelCost>> =>
    models[(await networks.choose(task, wanted)) ?? ''] ?? {};
  const fourfold = await costOf('upscale', { scale: 4 });
  return {
    codec,
    stages: {
      denoise: (await costOf('denoise')).perMegapixel ?? 0,
      deblur: (await costOf('deblur')).perMegapixel ?? 0,
      shadow,
      contrast,
      background: matting + ((await costOf('background')).perPicture ?? 0),
      upscale: (await costOf('upscale')).perMegapixel ?? 0,
      compose,
    },
    fourfold: (fourfold.perMegapixel ?? 0) * rounds(4, fourfold.scale ?? 4),
    models,
  };
}

/** All that composing may do at full size: resampling, an outline, blending. */
async function composeFully(photo: Raster, matte: Uint8Array, pace: Pace): Promise<void> {
  const canvas = { width: photo.width, height: photo.height };
  const source = { left: 0, top: 0, ...canvas };
  const placed = await place(photo, matte, { canvas, source, placed: { ...source, width: canvas.width - 1 } }, pace);
  const cover = await growMatte(placed.matte, canvas, 8, pace);
  const white = { red: 255, green: 255, blue: 255, opacity: 1 };
  const row = new Uint8Array(3 * canvas.width).fill(255);
  const backdrop = { opacity: 1, row: () => row };
  await blend(placed, { backdrop, shadow: null, outline: { cover, colour: white } }, pace);
}
