import type { Plane } from './plane';

/** Gaussian blur, borders mirrored: the sampled kernel for small sigmas, three box filters of the same variance above. */
export function gaussianBlur(plane: Plane, sigma: number): Plane {
  void [plane, sigma];
  throw new Error('not written yet');
}
