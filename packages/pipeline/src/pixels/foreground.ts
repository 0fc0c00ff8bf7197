import type { Raster } from './raster';

/**
 * Takes the old backdrop out of half-transparent pixels, in place: pixels with 0 < alpha < 255 get the estimated product
 * colour, pixels with alpha = 0 the colour of the product nearby (so that a later upscale has no halo to pull in),
 * pixels with alpha = 255 stay as they are. `alpha` is width * height bytes.
 */
export function estimateForeground(photo: Raster, alpha: Uint8Array): void {
  void [photo, alpha];
  throw new Error('not written yet');
}
