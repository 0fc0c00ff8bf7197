import type { ColourPlanes, Plane } from './plane';
import type { Raster } from './raster';

/** The local linear model alpha = a[0]*R + a[1]*G + a[2]*B + b, colours 0..1, at working size, already box-averaged. */
export interface GuidedCoefficients {
  a: ColourPlanes;
  b: Plane;
}

/** Colour-guided filter (He, Sun, Tang 2010/2013): the coefficients that let `guide` explain `target`. Same sizes. */
export function guidedCoefficients(
  guide: ColourPlanes,
  target: Plane,
  options: { radius: number; epsilon: number },
): GuidedCoefficients {
  void [guide, target, options];
  throw new Error('not written yet');
}

/**
 * Applies coefficients to the full-size photo (fast guided filter): coefficients are sampled bilinearly row by row,
 * values between `low` and `high` are stretched to 0..255. Returns width * height bytes.
 */
export function applyGuided(
  photo: Raster,
  coefficients: GuidedCoefficients,
  stretch: { low: number; high: number } = { low: 0, high: 1 },
): Uint8Array {
  void [photo, coefficients, stretch];
  throw new Error('not written yet');
}
