import { estimateNoise } from '../pixels';
import { runTiled } from '../tile/run-tiled';
import type { Stage } from './stage';

/** Standard deviation in 8-bit steps. Clean studio photos measure below it. */
const VISIBLE_NOISE = 1.5;

/** Takes sensor noise and compression noise out, in place. */
export const denoise: Stage<'denoise'> = {
  name: 'denoise',

  needless({ colour }) {
    const sigma = estimateNoise(colour);
    return sigma < VISIBLE_NOISE ? `hardly any noise (sigma ${sigma.toFixed(2)} of 255)` : null;
  },

  async run(picture, { strength }, { network, signal, progress, note }) {
    await runTiled(await network(), picture.colour, picture.colour, { signal, progress, note, strength });
  },
};
