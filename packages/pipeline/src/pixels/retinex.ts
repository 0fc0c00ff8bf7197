import type { Plane } from './plane';
import type { Raster } from './raster';

/** What lifts the shadows of one photo, at working size; made by `retinexGain`, used by `applyGain`. */
export interface ShadowGain {
  /** The factor for all three channels, >= 1. */
  gain: Plane;
}

/**
 * The gain field that lifts soft shadows on the backdrop (Multi-Scale Retinex on intensity, sigmas 15/80/250, one gain
 * for all channels). `strength` 0..1; 0 gives a field of ones.
 */
export function retinexGain(photo: Raster, options: { strength?: number } = {}): ShadowGain {
  void [photo, options];
  throw new Error('not written yet');
}

/** Multiplies the photo by the field in place, row by row; no channel passes 255. The field must come from this photo. */
export function applyGain(photo: Raster, field: ShadowGain): void {
  void [photo, field];
  throw new Error('not written yet');
}

/** How much of the backdrop lies in soft shadow, 0..1 (mean relative darkening over the picture): 0.01 is barely visible. */
export function measureShadow(photo: Raster): number {
  void photo;
  throw new Error('not written yet');
}
