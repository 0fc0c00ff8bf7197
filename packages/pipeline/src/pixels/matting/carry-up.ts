import { applyGuided, guidedCoefficients } from '../guided-filter';
import type { Pace } from '../pace';
import type { ColourPlanes, Plane } from '../plane';
import type { Raster } from '../raster';

/** Small, so that two hairs do not share one model; the regularisation keeps the photo's noise out of flat alpha. */
const CARRY = { radius: 4, epsilon: 1e-5 };

/** An alpha found at a smaller size, at the photo's own: the fast guided filter. `guide` is the photo at alpha's size. */
export function carryUp(photo: Raster, guide: ColourPlanes, alpha: Plane, pace: Pace): Promise<Uint8Array> {
  return applyGuided(photo, guidedCoefficients(guide, alpha, CARRY), { low: 0, high: 1 }, pace);
}
