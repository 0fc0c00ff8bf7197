import type { ColourPlanes, Plane } from './plane';
import type { Raster } from './raster';

/** The size that fits a long side, aspect kept, at least 1x1; never larger than the input. */
export function workingSize(width: number, height: number, longSide: number): { width: number; height: number } {
  const scale = Math.min(1, longSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * Resamples an RGB (or grey, then repeated) raster to three planes, 0..1, aspect free. Shrinking averages the covered
 * area with fractional ends (what OpenCV calls INTER_AREA); an axis that grows is sampled bilinearly at half-pixel
 * centres. Rows are streamed: beyond the result it needs two rows of floats.
 */
export function toPlanes(raster: Raster, width: number, height: number): ColourPlanes {
  void [raster, width, height];
  throw new Error('not written yet');
}

/** The same for one 8-bit channel (an alpha): a plane 0..1. */
export function alphaToPlane(
  alpha: Uint8Array,
  from: { width: number; height: number },
  width: number,
  height: number,
): Plane {
  void [alpha, from, width, height];
  throw new Error('not written yet');
}

/** Bilinear resampling of a plane at half-pixel centres, edges repeated (OpenCV's INTER_LINEAR). */
export function resizePlane(plane: Plane, width: number, height: number): Plane {
  void [plane, width, height];
  throw new Error('not written yet');
}
