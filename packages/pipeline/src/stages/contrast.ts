import { XRAY_DISCLAIMER } from '@packshot/contracts';
import { equalise } from '../contrast/clahe';
import { raiseEdges, smoothEvenAreas } from '../contrast/detail';
import { readLightness, writeLightness } from '../contrast/lightness';
import { createPace, type Pace, type Raster } from '../pixels';
import { toPlanes, workingSize } from '../pixels/resize';
import type { Stage } from './stage';
import { tellingPace } from './telling-pace';

/** A picture whose lightness spans so many of 255 steps needs no more contrast. */
const WIDE = 200;
/** Of the pixels, left out at either end. */
const OUTLIERS = 0.01;
const MEASURED_SIDE = 512;

/** Raises local contrast, in place: noise of even areas down, CLAHE on the lightness, then fine detail up. */
export const contrast: Stage<'contrast'> = {
  name: 'contrast',

  async needless({ colour }, _, pace) {
    const span = await lightnessSpan(colour, pace);
    return span >= WIDE ? `the picture uses ${span} of 255 steps of lightness already` : null;
  },

  async run({ colour }, { clip_limit: clipLimit, tiles, smooth, edges, image }, { signal, progress, note }) {
    // Each pixel is read, counted, mapped and written.
    const pace = tellingPace(createPace(signal), 4 * colour.height, progress);
    const lightness = await readLightness(colour, pace);
    if (smooth > 0) await smoothEvenAreas(lightness, smooth, pace);
    await equalise(lightness, { clipLimit, tiles }, pace);
    if (edges > 0) await raiseEdges(lightness, edges, pace);
    await writeLightness(colour, lightness, pace);
    if (image === 'x-ray') note(XRAY_DISCLAIMER);
  },
};

async function lightnessSpan(colour: Raster, pace: Pace): Promise<number> {
  const { width, height } = workingSize(colour.width, colour.height, MEASURED_SIDE);
  const [red, green, blue] = await toPlanes(colour, width, height, pace);
  const luma = red.data.map(
    (value, i) => 0.299 * value + 0.587 * (green.data[i] as number) + 0.114 * (blue.data[i] as number),
  );
  luma.sort();
  const at = (share: number) => luma[Math.round(share * (luma.length - 1))] as number;
  return Math.round(255 * (at(1 - OUTLIERS) - at(OUTLIERS)));
}
