import { sharp } from '../image/loaders';
import type { Network } from '../models/network';
import { createRaster } from '../pixels';
import { runTiled } from '../tile/run-tiled';
import type { Picture, Stage, StageContext } from './stage';

/** A picture with a side this long serves every shop's zoom as it is. */
const LONG_ENOUGH = 2000;

/**
 * Enlarges; fourfold is twofold twice. Colour goes through the network, alpha through a cubic filter: apart, so that
 * neither bleeds into the other.
 */
export const upscale: Stage<'upscale'> = {
  name: 'upscale',

  needless({ colour }) {
    const side = Math.max(colour.width, colour.height);
    return side >= LONG_ENOUGH ? `the long side has ${side} pixels already` : null;
  },

  async run(picture, { scale }, context) {
    const network = await context.network();
    const factor = network.record.contract.output.scale;
    const rounds = Math.log(scale) / Math.log(factor);
    if (!Number.isInteger(rounds)) throw new Error(`${network.record.id} cannot enlarge ${scale} times`);
    // Each round costs factor² times the one before it.
    const total = (factor ** (2 * rounds) - 1) / (factor ** 2 - 1);
    let spent = 0;
    for (let round = 0; round < rounds; round++) {
      const share = factor ** (2 * round) / total;
      const before = spent;
      const progress = (fraction: number) => context.progress(before + fraction * share);
      await enlarge(picture, network, factor, { ...context, progress });
      spent += share;
    }
  },
};

async function enlarge(picture: Picture, network: Network, factor: number, context: StageContext): Promise<void> {
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
