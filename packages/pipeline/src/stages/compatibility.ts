import { affineResize } from '../image/affine-resize';
import { stretch } from '../models/activation';
import type { FittingChange } from '../models/fit-picture';
import type { Pace, Plane, Raster } from '../pixels';
import { resampleBytes } from '../pixels/resample';
import type { Parameters } from './stage';

type Compatibility = Parameters<'background'>['compatibility'];

/** How other implementations of the field prepare a picture, where that is not the record's way. */
export const FITTING: Readonly<Record<Compatibility, FittingChange>> = {
  none: {},
  rembg: { resample: 'lanczos', divideByMax: true },
  'transformers.js': { resample: 'affine', divideByMax: false },
};

/** A network's alpha as they pass it on, in place. */
export function finish(alpha: Plane, as: Compatibility): void {
  if (as === 'rembg') stretch(alpha.data);
}

/** The alpha at the photo's own size as they carry it there: cut (not rounded) to bytes, and resized like the picture. */
export function carryMask(
  alpha: Plane,
  { width, height }: Raster,
  as: Exclude<Compatibility, 'none'>,
  pace: Pace,
): Promise<Uint8Array> {
  const data = Uint8Array.from(alpha.data, (value) => Math.trunc(value * 255));
  const small = { width: alpha.width, height: alpha.height, channels: 1 as const, data };
  return as === 'rembg' ? resampleBytes(small, width, height, 'lanczos', pace) : affineResize(small, width, height);
}
