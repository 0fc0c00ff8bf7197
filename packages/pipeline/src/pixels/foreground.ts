import { boxBlur } from './box-blur';
import { createPlane, type Plane } from './plane';
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
  const work = workingSize(width, height, WORK_SIDE);
  const scale = work.width / width;
  const opacity = alphaToPlane(alpha, photo, work.width, work.height);
  const colours = toPlanes(photo, work.width, work.height).slice(0, channels);
  const fields = colours.flatMap((colour) => colourFields(colour, opacity, scale));
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
        const value = (near + opaque * detail) * 255 + 0.5;
        data[at] = Math.min(255, Math.max(0, value));
      }
    }
    pixel += width;
  }
}

/** The fine product and backdrop fields of one channel. */
function colourFields(colour: Plane, opacity: Plane, scale: number): [Plane, Plane] {
  const coarse = Math.max(2, Math.round(COARSE_RADIUS * scale));
  const fine = Math.max(1, Math.round(FINE_RADIUS * scale));
  const first = blurUnder(colour, colour, opacity, coarse);
  const sharpened = createPlane(colour.width, colour.height);
  for (let i = 0; i < sharpened.data.length; i++) {
    const opaque = opacity.data[i] as number;
    const near = first.product.data[i] as number;
    const detail = (colour.data[i] as number) - opaque * near - (1 - opaque) * (first.backdrop.data[i] as number);
    sharpened.data[i] = Math.min(1, Math.max(0, near + opaque * detail));
  }
  const second = blurUnder(sharpened, first.backdrop, opacity, fine);
  return [second.product, second.backdrop];
}

/**
 * Product blurred under alpha and backdrop under 1 - alpha. Where a window sees nothing of its side, wider windows, in the
 * end the whole plane, lend their colour, so that the fields are sensible everywhere and not black far from the edge.
 */
function blurUnder(
  product: Plane,
  backdrop: Plane,
  opacity: Plane,
  radius: number,
): { product: Plane; backdrop: Plane } {
  const weighted = createPlane(opacity.width, opacity.height);
  const rest = createPlane(opacity.width, opacity.height);
  const clear = createPlane(opacity.width, opacity.height);
  for (let i = 0; i < weighted.data.length; i++) {
    const opaque = opacity.data[i] as number;
    weighted.data[i] = opaque * (product.data[i] as number);
    clear.data[i] = 1 - opaque;
    rest.data[i] = (1 - opaque) * (backdrop.data[i] as number);
  }
  return { product: normalisedBlur(weighted, opacity, radius), backdrop: normalisedBlur(rest, clear, radius) };
}

/** blur(weighted) / blur(weight), a hundredth of a percent of weight taken from the next wider window. */
function normalisedBlur(weighted: Plane, weight: Plane, radius: number): Plane {
  const widest = Math.max(weight.width, weight.height);
  const sum = boxBlur(weighted, radius);
  const total = boxBlur(weight, radius);
  const wider = radius < widest ? normalisedBlur(weighted, weight, Math.min(widest, radius * 4)) : undefined;
  const borrowed = 1e-4;
  for (let i = 0; i < sum.data.length; i++) {
    const lent = wider ? (wider.data[i] as number) : 0;
    sum.data[i] = ((sum.data[i] as number) + borrowed * lent) / ((total.data[i] as number) + borrowed);
  }
  return sum;
}
