import type { Pace } from '../pixels';

const STRIP_ROWS = 128;
/** The matte is inside from here on. */
const INSIDE = 128;

/**
 * How much of each pixel lies within `reach` pixels of what a matte shows, as bytes: the matte grown by a disc, its rim soft.
 * Distances are exact (Felzenszwalb, Huttenlocher, "Distance Transforms of Sampled Functions", 2012), found in strips of rows.
 */
export async function growMatte(
  matte: Uint8Array,
  { width, height }: { width: number; height: number },
  reach: number,
  pace: Pace,
): Promise<Uint8Array> {
  const grown = new Uint8Array(matte.length);
  const far = reach + 1;
  const above = new Uint8Array(width).fill(far);
  const row = createRowDistance(width, far);
  for (let top = 0; top < height; top += STRIP_ROWS) {
    const bottom = Math.min(height, top + STRIP_ROWS);
    const below = distancesBelow(matte, width, { top, bottom, end: Math.min(height, bottom + far) }, far);
    for (let y = top; y < bottom; y++) {
      const vertical = below.subarray((y - top) * width, (y - top + 1) * width);
      let near = false;
      for (let x = 0; x < width; x++) {
        const inside = (matte[y * width + x] as number) >= INSIDE;
        above[x] = inside ? 0 : Math.min(far, (above[x] as number) + 1);
        vertical[x] = Math.min(vertical[x] as number, above[x] as number);
        if ((vertical[x] as number) < far) near = true;
      }
      if (near)
        row(vertical, (x, distance) => {
          grown[y * width + x] = Math.round(255 * Math.min(1, Math.max(0, reach + 0.5 - distance)));
        });
      await pace();
    }
  }
  return grown;
}

/** Of each pixel of a strip, how far below it the matte begins, at most `far`. */
function distancesBelow(
  matte: Uint8Array,
  width: number,
  { top, bottom, end }: { top: number; bottom: number; end: number },
  far: number,
): Uint8Array {
  const strip = new Uint8Array((bottom - top) * width);
  const below = new Uint8Array(width).fill(far);
  for (let y = end - 1; y >= top; y--) {
    for (let x = 0; x < width; x++) {
      const inside = (matte[y * width + x] as number) >= INSIDE;
      below[x] = inside ? 0 : Math.min(far, (below[x] as number) + 1);
    }
    if (y < bottom) strip.set(below, (y - top) * width);
  }
  return strip;
}

/** Gives, for the vertical distances of one row, the distance of each pixel in the plane: the lower envelope of parabolas. */
function createRowDistance(width: number, far: number) {
  const centres = new Int32Array(width);
  const starts = new Float64Array(width + 1);
  return (vertical: Uint8Array, onPixel: (x: number, distance: number) => void): void => {
    let count = 0;
    for (let x = 0; x < width; x++) {
      const height = vertical[x] as number;
      if (height >= far) continue;
      let start = Number.NEGATIVE_INFINITY;
      while (count > 0) {
        const other = centres[count - 1] as number;
        const otherHeight = vertical[other] as number;
        start = (height * height + x * x - otherHeight * otherHeight - other * other) / (2 * (x - other));
        if (start > (starts[count - 1] as number)) break;
        count--;
        start = Number.NEGATIVE_INFINITY;
      }
      centres[count] = x;
      starts[count] = start;
      count++;
    }
    for (let x = 0, nearest = 0; x < width; x++) {
      while (nearest + 1 < count && (starts[nearest + 1] as number) < x) nearest++;
      const centre = centres[nearest] as number;
      onPixel(x, Math.hypot(x - centre, vertical[centre] as number));
    }
  };
}
