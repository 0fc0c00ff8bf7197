import { measureSharpness } from '../pixels/sharpness';
import { runTiled } from '../tile/run-tiled';
import type { Stage } from './stage';

/**
 * Of `measureSharpness`; docs/02-pipeline.md has the figures it was chosen by. Restoring a sharp picture does harm, leaving a
 * slightly soft one does none: of sharp photos the least sharp measures half as much again.
 */
const BLURRED = 0.04;

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
