import { AppError } from '@packshot/contracts';
import { sharp } from '../image/loaders';
import { type Network, pictureScale } from '../models/network';
import { createRaster } from '../pixels';
import { runTiled } from '../tile/run-tiled';
import type { Picture, Stage, StageContext } from './stage';

/** A picture with a side this long serves every shop's zoom as it is. */
const LONG_ENOUGH = 2000;

/**
 * Enlarges; fourfold may be twofold twice, twofold the half of fourfold. Colour goes through the network, alpha through a cubic filter: apart, so that
 * neither bleeds into the other.
 */
export const upscale: Stage<'upscale'> = {
  name: 'upscale',

  needless({ colour }) {
    const side = Math.max(colour.width, colour.height);
    return side >= LONG_ENOUGH ? `the long side has ${side} pixels already` : null;
  },

  async run(picture, { scale, denoise }, context) {
    const network = await context.network();
    const { id, denoise: strength } = network.record;
    if (denoise !== undefined && denoise !== strength) {
      const comes = strength === undefined ? 'does not take noise out by degrees' : `takes noise out by ${strength}`;
      throw new AppError(
        'model_not_available',
        `The model ${id} ${comes}, not by ${denoise}; a mix has an id of its own.`,
      );
    }
    const factor = pictureScale(network.record);
    const rounds = Math.ceil(Math.log(scale) / Math.log(factor));
    // A network that enlarges more than asked is reduced in its last round.
    const reduce = factor ** rounds / scale;
    // Each round costs factor² times the one before it.
    const total = (factor ** (2 * rounds) - 1) / (factor ** 2 - 1);
    let spent = 0;
    for (let round = 0; round < rounds; round++) {
      const share = factor ** (2 * round) / total;
      const before = spent;
      const progress = (fraction: number) => context.progress(before + fraction * share);
      const last = round === rounds - 1;
      await enlarge(picture, network, last ? factor / reduce : factor, {
        ...context,
        progress,
        reduce: last ? reduce : 1,
      });
      spent += share;
    }
  },
};

async function enlarge(
  picture: Picture,
  network: Network,
  factor: number,
  context: StageContext & { reduce: number },
): Promise<void> {
  const { colour, alpha } = picture;
  const width = colour.width * factor;
  const height = colour.height * factor;
  const larger = createRaster(width, height, 3);
  await runTiled(network, colour, larger, context);
  picture.colour = larger;
  if (alpha === null) return;
  picture.alpha = await sharp(alpha, {
    raw: { width: colour.width, height: colour.height, channels: 1 },
    limitInputPixels: false,
  })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .extractChannel(0)
    .raw()
    .toBuffer();
}
