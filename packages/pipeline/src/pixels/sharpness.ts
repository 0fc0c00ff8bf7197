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

/** Steps to a neighbour along a row, a column and both diagonals, which are longer by the root of two. */
const DIRECTIONS = [
  { x: 1, y: 0, squared: 1 },
  { x: 0, y: 1, squared: 1 },
  { x: 1, y: 1, squared: 2 },
  { x: -1, y: 1, squared: 2 },
] as const;

/**
 * How sharp the sharpest parts are, in the direction in which they are least so, because motion leaves the edges along it as they
 * were. For a direction: variance of the second difference over the variance of grey, by blocks, at one size (after Pech-Pacheco
 * 2000, who takes the Laplacian, the sum of two directions). A product's photo that is sharp measures 0.06 to 1.2, and a Gaussian of s pixels
 * leaves at most about 0.3 / s^3. Null when no block shows anything.
 */
export async function measureSharpness(raster: Raster, pace: Pace): Promise<number | null> {
  const { width, height } = workingSize(raster.width, raster.height, LONG_SIDE);
  const [red, green, blue] = await toPlanes(raster, width, height, pace);
  const grey = Float32Array.from(red.data, (r, i) => {
    return 0.299 * r + 0.587 * (green.data[i] as number) + 0.114 * (blue.data[i] as number);
  });
  const blocks: { origin: number; variance: number }[] = [];
  for (let top = 1; top + BLOCK < height; top += BLOCK) {
    for (let left = 1; left + BLOCK < width; left += BLOCK) {
      const origin = top * width + left;
      const variance = varianceOf(origin, width, (at) => grey[at] as number);
      if (variance >= FLAT * FLAT) blocks.push({ origin, variance });
    }
  }
  if (blocks.length === 0) return null;
  const byDirection = DIRECTIONS.map(({ x, y, squared }) => {
    const step = y * width + x;
    const bend = (at: number) => (grey[at - step] as number) + (grey[at + step] as number) - 2 * (grey[at] as number);
    const ratios = blocks.map(({ origin, variance }) => varianceOf(origin, width, bend) / squared ** 2 / variance);
    return ratios.sort((p, q) => p - q)[Math.floor((ratios.length - 1) * QUANTILE)] as number;
  });
  return Math.min(...byDirection);
}

/** The variance of a value over the pixels of a block. */
function varianceOf(origin: number, width: number, valueAt: (index: number) => number): number {
  let [sum, squares] = [0, 0];
  for (let y = 0; y < BLOCK; y++) {
    for (let x = 0, at = origin + y * width; x < BLOCK; x++, at++) {
      const value = valueAt(at);
      sum += value;
      squares += value * value;
    }
  }
  const count = BLOCK * BLOCK;
  return squares / count - (sum / count) ** 2;
}
