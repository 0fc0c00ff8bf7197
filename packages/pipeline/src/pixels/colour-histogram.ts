import { gaussianKernel } from './gaussian-blur';
import type { ColourPlanes } from './plane';

/** 14 bins an axis: coarse enough to be filled by a 360-pixel picture, fine enough to tell white shirt from white wall. */
const BINS = 14;
const CELLS = BINS ** 3;

/** The histogram cell of each pixel, Lab 0..100 and -90..90 cut into equal bins. */
export function colourCells([lightness, a, b]: ColourPlanes): Uint16Array {
  const cells = new Uint16Array(lightness.data.length);
  for (let i = 0; i < cells.length; i++) {
    const l = bin((lightness.data[i] as number) / 100);
    cells[i] = (l * BINS + bin(((a.data[i] as number) + 90) / 180)) * BINS + bin(((b.data[i] as number) + 90) / 180);
  }
  return cells;
}

/** How often each colour occurs under the weights: smoothed by a Gaussian of 0.8 bins along each axis, summing to one. */
export function weightedHistogram(cells: Uint16Array, weights: Float32Array): Float32Array {
  let histogram = new Float32Array(CELLS);
  let total = 0;
  for (let i = 0; i < cells.length; i++) {
    const weight = weights[i] as number;
    const cell = cells[i] as number;
    histogram[cell] = (histogram[cell] as number) + weight;
    total += weight;
  }
  for (const step of [1, BINS, BINS * BINS]) histogram = smoothAxis(histogram, step);
  // Smoothing keeps the sum. No seed at all leaves every colour at zero, which the caller's floor makes neutral.
  return total > 0 ? histogram.map((count) => count / total) : histogram;
}

function bin(value: number): number {
  return Math.floor(Math.min(0.999, Math.max(0, value)) * BINS);
}

const KERNEL = gaussianKernel(0.8);

function smoothAxis(histogram: Float32Array, step: number): Float32Array<ArrayBuffer> {
  const smooth = new Float32Array(CELLS);
  const radius = KERNEL.length >> 1;
  for (let cell = 0; cell < CELLS; cell++) {
    const value = histogram[cell] as number;
    if (value === 0) continue;
    const at = Math.floor(cell / step) % BINS;
    for (let k = 0; k < KERNEL.length; k++) {
      // Mirrored ends: a white backdrop sits in the last bin and must not lose weight over the edge.
      let to = at + k - radius;
      if (to < 0) to = -1 - to;
      if (to >= BINS) to = 2 * BINS - 1 - to;
      const target = cell + (to - at) * step;
      smooth[target] = (smooth[target] as number) + value * (KERNEL[k] as number);
    }
  }
  return smooth;
}
