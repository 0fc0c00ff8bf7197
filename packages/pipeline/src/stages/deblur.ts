import { measureSharpness } from '../pixels/sharpness';
import { runTiled } from '../tile/run-tiled';
import type { Stage } from './stage';

/**
 * Of `measureSharpness`. An edge blurred by a Gaussian of 1.7 pixels, where the long side has 1024, measures about this;
 * what a viewer would call sharp measures several times as much, and noise only adds to it. Restoring a sharp picture does
 * harm, leaving a slightly soft one does none.
 */
const BLURRED = 0.004;

/** Makes a blurred picture sharp, in place. */
export const deblur: Stage<'deblur'> = {
  name: 'deblur',
  optional: true,

  async needless({ colour }, _, pace) {
    const sharpness = await measureSharpness(colour, pace);
    if (sharpness === null) return 'nothing in the picture to judge its sharpness by';
    return sharpness > BLURRED ? `sharp enough (measured ${sharpness.toFixed(4)})` : null;
  },

  async run(picture, { strength }, { network, signal, progress, note }) {
    await runTiled(await network(), picture.colour, picture.colour, { signal, progress, note, strength });
  },
};
