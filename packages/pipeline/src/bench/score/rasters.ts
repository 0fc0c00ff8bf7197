import { createRaster, type Raster } from '../../pixels';
import type { FloatPicture } from './picture-measures';

/** As a file would hold it: clipped and rounded to 8 bits. */
export function toRaster({ width, height, data }: FloatPicture): Raster {
  const raster = createRaster(width, height, 3);
  const clamped = new Uint8ClampedArray(raster.data.buffer);
  const area = width * height;
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) clamped[i * 3 + c] = (data[i + c * area] as number) * 255;
  return raster;
}

export function toFloats({ width, height, data }: Raster): FloatPicture {
  const area = width * height;
  const floats = new Float32Array(3 * area);
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) floats[i + c * area] = (data[i * 3 + c] as number) / 255;
  return { width, height, data: floats };
}

/** For stages, which change what they are given. */
export function copyRaster(raster: Raster): Raster {
  // A copy also where the bytes are a Buffer, whose own slice shares them.
  return { ...raster, data: new Uint8Array(raster.data) };
}
