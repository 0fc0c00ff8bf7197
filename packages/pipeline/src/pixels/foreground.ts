import { createColourTile, REACH } from './foreground-tile';
import type { Pace } from './pace';
import type { Raster } from './raster';

const TILE = 256;

/**
 * Takes the old backdrop out of half-transparent pixels, in place: pixels with 0 < alpha < 255 get the estimated product
 * colour, pixels with alpha = 0 the colour of the product nearby (so that a later upscale has no halo to pull in),
 * pixels with alpha = 255 stay as they are. `alpha` is width * height bytes.
 *
 * Blur fusion (Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021), tile by tile: what is opaque or far
 * from the product costs nothing, and beyond photo and alpha it needs one strip of rows.
 */
export async function estimateForeground(photo: Raster, alpha: Uint8Array, pace: Pace): Promise<void> {
  const { width, height } = photo;
  const colour = await productColour(photo, alpha, pace);
  if (colour === null) return;
  const fuse = createColourTile(photo, alpha, colour, TILE);
  const strip = createStrip(photo);
  for (let top = 0; top < height; top += TILE) {
    const bottom = Math.min(height, top + TILE);
    const rows = strip(Math.max(0, top - REACH), Math.min(height, bottom + REACH));
    for (let left = 0; left < width; left += TILE) {
      const box = { left, top, right: Math.min(width, left + TILE), bottom };
      const { opaque, far } = survey(alpha, photo, box);
      if (far) paint(photo, box, colour);
      else if (!opaque) fuse(rows, box);
      await pace();
    }
  }
}

interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Whether a tile is all opaque, and whether nothing of the product reaches into it. */
function survey(alpha: Uint8Array, { width, height }: Raster, tile: Edges): { opaque: boolean; far: boolean } {
  const within = ({ left, right, top, bottom }: Edges, fits: (value: number) => boolean) => {
    for (let y = top; y < bottom; y++) {
      for (let i = y * width + left, end = y * width + right; i < end; i++) if (!fits(alpha[i] as number)) return false;
    }
    return true;
  };
  const around = {
    left: Math.max(0, tile.left - REACH),
    top: Math.max(0, tile.top - REACH),
    right: Math.min(width, tile.right + REACH),
    bottom: Math.min(height, tile.bottom + REACH),
  };
  return { opaque: within(tile, (value) => value === 255), far: within(around, (value) => value === 0) };
}

function paint(
  { width, channels, data }: Raster,
  { left, top, right, bottom }: Edges,
  colour: readonly number[],
): void {
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * channels, end = (y * width + right) * channels; at < end; at++) {
      data[at] = (colour[at % channels] as number) * 255;
    }
  }
}

/** Rows of the photo as they were before the tiles above were written, kept as long as tiles need them. */
function createStrip({ width, channels, data }: Raster): (top: number, bottom: number) => Strip {
  const stride = width * channels;
  const bytes = new Uint8Array((TILE + 2 * REACH) * stride);
  const held = { top: 0, bottom: 0 };
  return (top, bottom) => {
    bytes.copyWithin(0, (top - held.top) * stride, (held.bottom - held.top) * stride);
    bytes.set(data.subarray(held.bottom * stride, bottom * stride), (held.bottom - top) * stride);
    held.top = top;
    held.bottom = bottom;
    return { top, bytes };
  };
}

/** Original rows of the photo from `top` down. */
export interface Strip {
  top: number;
  bytes: Uint8Array;
}

/** The mean of the product, 0..1 a channel; null where there is none. */
async function productColour({ width, channels, data }: Raster, alpha: Uint8Array, pace: Pace) {
  const sums = new Float64Array(channels);
  let weight = 0;
  for (let i = 0; i < alpha.length; i++) {
    const share = alpha[i] as number;
    if (i % width === 0) await pace();
    if (share === 0) continue;
    weight += share;
    for (let c = 0; c < channels; c++) sums[c] = (sums[c] as number) + share * (data[i * channels + c] as number);
  }
  return weight === 0 ? null : [...sums.map((sum) => sum / weight / 255)];
}
