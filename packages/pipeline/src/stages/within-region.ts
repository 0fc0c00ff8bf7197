import { AppError, type Region } from '@packshot/contracts';
import { createRaster } from '../pixels/raster';
import type { Picture } from './stage';
import { cropCopy } from './unlifted';

/**
 * Cuts out with `cut` what lies in a region of the picture; what is outside goes. The network sees the region alone, so that
 * nothing else is taken for the product.
 * @throws region_outside
 */
export async function withinRegion(
  picture: Picture,
  region: Region,
  cut: (part: Picture) => Promise<void>,
): Promise<void> {
  const { colour, alpha, unlifted } = picture;
  const { width, height, channels } = colour;
  const box = boxOf(region, width, height);
  const part: Picture = { colour: createRaster(box.width, box.height, channels), alpha: null };
  if (unlifted !== undefined) part.unlifted = cropCopy(unlifted, colour, box);
  if (alpha !== null) part.alpha = new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = (box.top + y) * width + box.left;
    part.colour.data.set(
      colour.data.subarray(from * channels, (from + box.width) * channels),
      y * box.width * channels,
    );
    if (alpha !== null) part.alpha?.set(alpha.subarray(from, from + box.width), y * box.width);
  }
  await cut(part);
  const whole = new Uint8Array(width * height);
  for (let y = 0; y < box.height; y++) {
    const to = (box.top + y) * width + box.left;
    const row = y * box.width;
    colour.data.set(part.colour.data.subarray(row * channels, (row + box.width) * channels), to * channels);
    whole.set((part.alpha as Uint8Array).subarray(row, row + box.width), to);
  }
  picture.alpha = whole;
}

function boxOf(region: Region, width: number, height: number) {
  const pixels = (edge: number | string, side: number) =>
    typeof edge === 'number' ? edge : Math.round((Number.parseFloat(edge) / 100) * side);
  const [left, right] = [pixels(region.left, width), pixels(region.right, width)];
  const [top, bottom] = [pixels(region.top, height), pixels(region.bottom, height)];
  if (left >= right || top >= bottom || right > width || bottom > height) throw new AppError('region_outside');
  return { left, top, width: right - left, height: bottom - top };
}
