import { createProductShot } from './bench/product-shot';
import type { CostSheet } from './cost';
import { sharp } from './image/loaders';
import { modelCosts } from './models/model-costs';
import type { Network } from './models/network';
import type { ModelRecord } from './models/record';
import { applyGain, createPace, createPlane, estimateForeground, refineColour, retinexGain } from './pixels';

const SIDE = 512;

/**
 * Times what the stages and the codecs do on this machine, on one made-up picture of a quarter megapixel; what a
 * model costs that is not loaded is worked out from its record. `deblurring`: the model that would deblur.
 */
export async function measureCosts(
  networks: readonly Network[],
  records: readonly ModelRecord[],
  deblurring: string | null,
): Promise<CostSheet> {
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
  const perMegapixel = (task: string) => {
    const network = networks.find(({ record }) => record.task === task);
    return network === undefined ? 0 : network.seconds / (network.inputPixels / 1e6);
  };
  const models = modelCosts(networks, records);
  const cutout = networks.find(({ record }) => record.task === 'background')?.seconds ?? 0;
  return {
    codec,
    stages: {
      denoise: perMegapixel('denoise'),
      deblur: (deblurring === null ? undefined : models[deblurring]?.perMegapixel) ?? 0,
      shadow,
      contrast: 0,
      background: matting + cutout,
      upscale: perMegapixel('upscale'),
      compose: 0,
    },
    models,
  };
}
