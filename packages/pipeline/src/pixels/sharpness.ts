import type { Pace } from './pace';
import type { Raster } from './raster';
import { toPlanes, workingSize } from './resize';

/** One size for all pictures, because the same blur is more pixels wide in a larger one. */
const LONG_SIDE = 1024;
const BLOCK = 32;
/** Standard deviation of a block's grey, 0..1, below which it shows nothing. */
const FLAT = 6 / 255;
/** Of the blocks that show something: a sharp product before a soft backdrop is sharp. */
const QUANTILE = 0.95;

/**
 * How sharp the sharpest parts are: variance of the Laplacian [0 1 0; 1 -4 1; 0 1 0] (Pech-Pacheco 2000) over the variance
 * of grey, by blocks, at one size. A hard edge gives about 0.25, one blurred by a Gaussian of s pixels about 0.02 / s^3.
 * Null when no block shows anything.
 */
export async function measureSharpness(raster: Raster, pace: Pace): Promise<number | null> {
  const { width, height } = workingSize(raster.width, raster.height, LONG_SIDE);
  const [red, green, blue] = await toPlanes(raster, width, height, pace);
  const grey = Float32Array.from(red.data, (r, i) => {
    return 0.299 * r + 0.587 * (green.data[i] as number) + 0.114 * (blue.data[i] as number);
  });
  const ratios: number[] = [];
  for (let top = 1; top + BLOCK < height; top += BLOCK) {
    for (let left = 1; left + BLOCK < width; left += BLOCK) {
      const ratio = blockSharpness(grey, width, left, top);
      if (ratio !== null) ratios.push(ratio);
    }
  }
  ratios.sort((a, b) => a - b);
  return ratios[Math.floor((ratios.length - 1) * QUANTILE)] ?? null;
}

function blockSharpness(grey: Float32Array, width: number, left: number, top: number): number | null {
  let [sum, squares, edge, edgeSquares] = [0, 0, 0, 0];
  for (let y = top; y < top + BLOCK; y++) {
    for (let x = left, at = y * width + left; x < left + BLOCK; x++, at++) {
      const value = grey[at] as number;
      const around =
        (grey[at - 1] as number) +
        (grey[at + 1] as number) +
        (grey[at - width] as number) +
        (grey[at + width] as number);
      const laplacian = around - 4 * value;
      sum += value;
      squares += value * value;
      edge += laplacian;
      edgeSquares += laplacian * laplacian;
    }
  }
  const count = BLOCK * BLOCK;
  const variance = squares / count - (sum / count) ** 2;
  return variance < FLAT * FLAT ? null : (edgeSquares / count - (edge / count) ** 2) / variance;
}
