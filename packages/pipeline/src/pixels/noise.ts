import type { Raster } from './raster';

const BLOCK = 16;
/** 30 x 30 blocks at most: enough for a stable quarter, and the cost no longer grows with the photo. */
const GRID = 30;
/** Of the blocks, the share whose low frequencies are flattest is looked at, and of those the lower third's edge taken. */
const FLATTEST = 0.25;
const QUANTILE = 1 / 3;
/** The quantile of block estimates lies this much under their mean for pure noise (measured on Gaussian noise). */
const QUANTILE_BIAS = 1.03;

/**
 * The standard deviation of the sensor noise of one channel in 0..255 units. Blocks are chosen by how flat their 4x4-cell
 * means are, which noise hardly changes, and measured by the mean absolute response to the mask [1 -2 1; -2 4 -2; 1 -2 1]
 * (Immerkaer, "Fast Noise Variance Estimation", 1996), which planes and slopes do not change. Clipped blocks (pure white
 * backdrops) are left out: they hide the noise of the rest. A raster under 16 pixels a side gives 0.
 */
export function estimateNoise(raster: Raster): number {
  const blocks: { flatness: number; sigma: number }[] = [];
  for (const top of blockStarts(raster.height)) {
    for (const left of blockStarts(raster.width)) {
      for (let channel = 0; channel < raster.channels; channel++) {
        const block = measureBlock(raster, left, top, channel);
        if (block) blocks.push(block);
      }
    }
  }
  if (blocks.length === 0) return 0;
  blocks.sort((p, q) => p.flatness - q.flatness);
  const flattest = blocks.slice(0, Math.max(1, Math.ceil(blocks.length * FLATTEST)));
  const sigmas = flattest.map((block) => block.sigma).sort((p, q) => p - q);
  return (sigmas[Math.floor((sigmas.length - 1) * QUANTILE)] as number) * QUANTILE_BIAS;
}

function blockStarts(length: number): number[] {
  const count = Math.min(GRID, Math.floor(length / BLOCK));
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (length - BLOCK)) / (count - 1))));
}

function measureBlock(
  { data, width, channels }: Raster,
  left: number,
  top: number,
  channel: number,
): { flatness: number; sigma: number } | null {
  const stride = width * channels;
  const origin = top * stride + left * channels + channel;
  const cells = new Float64Array(16);
  let clipped = 0;
  for (let y = 0; y < BLOCK; y++) {
    for (let x = 0, at = origin + y * stride; x < BLOCK; x++, at += channels) {
      const value = data[at] as number;
      const cell = (y >> 2) * 4 + (x >> 2);
      cells[cell] = (cells[cell] as number) + value / 16;
      if (value === 0 || value === 255) clipped++;
    }
  }
  if (clipped > (BLOCK * BLOCK) / 50) return null;
  let sum = 0;
  for (let y = 1; y < BLOCK - 1; y++) {
    for (let x = 1, at = origin + y * stride + channels; x < BLOCK - 1; x++, at += channels) {
      const response =
        4 * (data[at] as number) -
        2 * ((data[at - channels] as number) + (data[at + channels] as number)) -
        2 * ((data[at - stride] as number) + (data[at + stride] as number)) +
        (data[at - stride - channels] as number) +
        (data[at - stride + channels] as number) +
        (data[at + stride - channels] as number) +
        (data[at + stride + channels] as number);
      sum += Math.abs(response);
    }
  }
  return { flatness: variance(cells), sigma: (Math.sqrt(Math.PI / 2) * sum) / (6 * (BLOCK - 2) ** 2) };
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
