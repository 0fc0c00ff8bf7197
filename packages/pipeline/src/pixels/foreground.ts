import { boxBlur } from './box-blur';
import { createPlane, mapPlane, type Plane, planeMean, product } from './plane';
import type { Raster } from './raster';
import { alphaToPlane, toPlanes, workingSize } from './resize';
import { createRowSampler } from './row-sampler';

const WORK_SIDE = 640;
/** Half windows of the two passes in pixels of the full-size photo: 90 and 6 wide in the paper. */
const COARSE_RADIUS = 45;
const FINE_RADIUS = 3;

/**
 * Takes the old backdrop out of half-transparent pixels, in place: pixels with 0 < alpha < 255 get the estimated product
 * colour, pixels with alpha = 0 the colour of the product nearby (so that a later upscale has no halo to pull in),
 * pixels with alpha = 255 stay as they are. `alpha` is width * height bytes.
 *
 * Blur fusion (Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021): product and backdrop colours are
 * blurred under alpha twice, coarse then fine, here at a working size, and the photo's own detail is put back on them.
 */
export function estimateForeground(photo: Raster, alpha: Uint8Array): void {
  const { width, height, channels, data } = photo;
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  const work = workingSize(width, height, WORK_SIDE);
  const scale = work.width / width;
  const opacity = alphaToPlane(alpha, photo, work.width, work.height);
  const colours = toPlanes(photo, work.width, work.height).slice(0, channels);
  const clear = mapPlane(opacity, (a) => 1 - a);
  const sides = [weigh(opacity, scale), weigh(clear, scale)] as const;
  const fields = colours.flatMap((colour) => colourFields(colour, opacity, sides));
  const sampleRow = createRowSampler(fields, width, height);
  for (let y = 0, pixel = 0; y < height; y++) {
    const rows = sampleRow(y);
    for (let c = 0; c < channels; c++) {
      const product = rows[2 * c] as Float32Array;
      const backdrop = rows[2 * c + 1] as Float32Array;
      for (let x = 0, i = pixel, at = pixel * channels + c; x < width; x++, i++, at += channels) {
        const byte = alpha[i] as number;
        if (byte === 255) continue;
        const opaque = byte / 255;
        const near = product[x] as number;
        const detail = (data[at] as number) / 255 - opaque * near - (1 - opaque) * (backdrop[x] as number);
        clamped[at] = (near + opaque * detail) * 255;
      }
    }
    pixel += width;
  }
}

/** One side of the edge: how much of it each pixel shows, and how much each window sees. */
interface Side {
  weight: Plane;
  radii: readonly [widest: number, coarse: number, fine: number];
  seen: readonly [widest: Plane, coarse: Plane, fine: Plane];
}

function weigh(weight: Plane, scale: number): Side {
  const coarse = Math.max(2, Math.round(COARSE_RADIUS * scale));
  const radii = [4 * coarse, coarse, Math.max(1, Math.round(FINE_RADIUS * scale))] as const;
  const [widest, middle, fine] = radii;
  return { weight, radii, seen: [boxBlur(weight, widest), boxBlur(weight, middle), boxBlur(weight, fine)] };
}

/** The fine product and backdrop fields of one channel. */
function colourFields(colour: Plane, opacity: Plane, [front, back]: readonly [Side, Side]): [Plane, Plane] {
  const near = blurCoarsely(colour, front);
  const behind = blurCoarsely(colour, back);
  const sharpened = createPlane(colour.width, colour.height);
  for (let i = 0; i < sharpened.data.length; i++) {
    const opaque = opacity.data[i] as number;
    const field = near.data[i] as number;
    const detail = (colour.data[i] as number) - opaque * field - (1 - opaque) * (behind.data[i] as number);
    sharpened.data[i] = Math.min(1, Math.max(0, field + opaque * detail));
  }
  return [blurUnder(sharpened, front, 2, near), blurUnder(behind, back, 2, behind)];
}

/**
 * Blurred under the side's weight. Where a window sees nothing of its side, a wider one and in the end the whole plane
 * lend their colour, so that the field is sensible everywhere and not black far from the edge.
 */
function blurCoarsely(colour: Plane, side: Side): Plane {
  const all = planeMean(product(colour, side.weight)) / Math.max(1e-6, planeMean(side.weight));
  const wide = blurUnder(colour, side, 0, createPlane(colour.width, colour.height, all));
  return blurUnder(colour, side, 1, wide);
}

/** blur(colour * weight) / blur(weight), a hundredth of a percent of weight going to what is lent. */
function blurUnder(colour: Plane, side: Side, window: 0 | 1 | 2, lent: Plane): Plane {
  const sum = boxBlur(product(colour, side.weight), side.radii[window]);
  const total = side.seen[window].data;
  for (let i = 0; i < total.length; i++) {
    sum.data[i] = ((sum.data[i] as number) + 1e-4 * (lent.data[i] as number)) / ((total[i] as number) + 1e-4);
  }
  return sum;
}
