import { createProductShot } from './bench/product-shot';
import type { CostSheet, ModelCost } from './cost';
import { sharp } from './image/loaders';
import { modelCosts } from './models/model-costs';
import type { Networks } from './models/networks';
import type { ModelRecord, ModelTask } from './models/record';
import { applyGain, createPace, createPlane, estimateForeground, refineColour, retinexGain } from './pixels';

const SIDE = 512;

/**
 * Times what the stages and the codecs do on this machine, on one made-up picture of a quarter megapixel; what a
 * model costs that is not loaded is worked out from its record.
 */
export async function measureCosts(networks: Networks, records: readonly ModelRecord[]): Promise<CostSheet> {
  const { photo } = createProductShot(SIDE, SIDE);
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
    const { alpha } = await refineColour(photo, createPlane(288, 288, 0.5), pace);
    await estimateForeground(photo, alpha.fill(128), pace);
  });
  const models = modelCosts(networks.loaded(), records);
  // Of whichever model would serve the task, loaded or not.
  const costOf = async (task: ModelTask): Promise<Partial<ModelCost>> =>
    models[(await networks.choose(task)) ?? ''] ?? {};
  return {
    codec,
    stages: {
      denoise: (await costOf('denoise')).perMegapixel ?? 0,
      deblur: (await costOf('deblur')).perMegapixel ?? 0,
      shadow,
      contrast: 0,
      background: matting + ((await costOf('background')).perPicture ?? 0),
      upscale: (await costOf('upscale')).perMegapixel ?? 0,
      compose: 0,
    },
    models,
  };
}
