import type { Plane } from './plane';
import type { Raster } from './raster';

export interface RefinedAlpha {
  /** width * height bytes, 0 background .. 255 product. */
  alpha: Uint8Array;
  /** 0..1: near 1 the cut-out can be used unseen, under about 0.5 a person should look. */
  confidence: number;
}

/**
 * Sharpens a network's small alpha with the photo's own colours: histograms of product and backdrop seeded by the
 * network, then guided upsampling with the full-resolution photo. `network` is 0..1 at any size, aspect squashed or not.
 */
export function refineColour(photo: Raster, network: Plane): RefinedAlpha {
  void [photo, network];
  throw new Error('not written yet');
}
