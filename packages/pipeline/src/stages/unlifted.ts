import { createPace, type Raster } from '../pixels';
import { cropBytes } from '../pixels/matting/unknown-band';
import { resampleBytes } from '../pixels/resample';
import { workingSize } from '../pixels/resize';
import type { Stage } from './stage';

/** As large as the networks with the largest view see a photo. */
const KEPT_SIDE = 2048;

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Before shadows are lifted, a copy of the photo is kept for the cut-out to look for the product in. Lifting evens the backdrop
 * out, and dark parts of a product then look like what is left of it.
 */
export function keepingUnlifted(stage: Stage<'shadow'>): Stage<'shadow'> {
  return {
    ...stage,
    async run(picture, parameters, context) {
      const { colour } = picture;
      if (parameters.mode === 'remove') {
        const size = workingSize(colour.width, colour.height, KEPT_SIDE);
        const data = await resampleBytes(colour, size.width, size.height, 'bilinear', createPace(context.signal));
        picture.unlifted = { ...colour, ...size, data };
      }
      await stage.run(picture, parameters, context);
    },
  };
}

/** The part of a smaller copy that shows a box of the picture. */
export function cropCopy(copy: Raster, picture: Raster, box: Box): Raster {
  const [x, y] = [copy.width / picture.width, copy.height / picture.height];
  const [left, top] = [Math.floor(box.left * x), Math.floor(box.top * y)];
  const width = Math.max(1, Math.round((box.left + box.width) * x) - left);
  const height = Math.max(1, Math.round((box.top + box.height) * y) - top);
  const { channels } = copy;
  const part = { left, top, width, height };
  return { width, height, channels, data: cropBytes(copy.data, copy.width * channels, part, channels) };
}
