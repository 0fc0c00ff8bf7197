import type { Box } from '@packshot/contracts';
import type { Pace, Plane } from '../pixels';
import { connectedRegions } from '../pixels/regions';
import { alphaToPlane, workingSize } from '../pixels/resize';

/** What shows less than this is no part of the product's box: 5 %. */
const VISIBLE = 13;
/** A patch with less than this share of all that shows is a speck, which a cut-out left behind. */
const SPECK = 0.003;
const WORKING_SIDE = 512;
/** Of the small matte, where fine parts are faint. */
const PATCH = 0.01;

/** The box around what a matte shows, specks left out; null when it shows nothing. */
export async function matteBox(
  matte: Uint8Array,
  { width, height }: { width: number; height: number },
  pace: Pace,
): Promise<Box | null> {
  const working = workingSize(width, height, WORKING_SIDE);
  const patches = withoutSpecks(await alphaToPlane(matte, { width, height }, working.width, working.height, pace));
  const column = Int32Array.from({ length: width }, (_, x) => Math.floor((x * working.width) / width));
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * working.height) / height) * working.width;
    const shows = (value: number, x: number) => value >= VISIBLE && patches[row + (column[x] as number)] === 1;
    const values = matte.subarray(y * width, (y + 1) * width);
    const first = values.findIndex(shows);
    if (first >= 0) {
      left = Math.min(left, first);
      right = Math.max(right, values.findLastIndex(shows));
      if (top < 0) top = y;
      bottom = y;
    }
    await pace();
  }
  return top < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** 1 where something shows that is more than a speck, and right beside it. */
function withoutSpecks({ width, height, data }: Plane): Uint8Array {
  const regions = connectedRegions(width, height, (i) => (data[i] as number) >= PATCH);
  const masses = regions.map(({ pixels }) => pixels.reduce((sum, i) => sum + (data[i] as number), 0));
  const least = SPECK * masses.reduce((sum, mass) => sum + mass, 0);
  const kept = new Uint8Array(width * height);
  regions.forEach(({ pixels }, index) => {
    if ((masses[index] as number) >= least) for (const i of pixels) kept[i] = 1;
  });
  return withNeighbours(kept, width);
}

/** 1 also right, left, above and below of what is 1, and at its corners. */
function withNeighbours(mask: Uint8Array, width: number): Uint8Array {
  const across = mask.slice();
  for (let i = 0, x = 0; i < mask.length; i++, x = x + 1 === width ? 0 : x + 1) {
    if (mask[i] === 0) continue;
    if (x > 0) across[i - 1] = 1;
    if (x < width - 1) across[i + 1] = 1;
  }
  const around = across.slice();
  for (let i = 0; i < across.length; i++) {
    if (across[i] === 0) continue;
    if (i >= width) around[i - width] = 1;
    if (i + width < around.length) around[i + width] = 1;
  }
  return around;
}
