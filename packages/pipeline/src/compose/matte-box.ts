import type { Box } from '@packshot/contracts';
import type { Pace } from '../pixels';

/** What shows less than this is no part of the product's box: 5 %. */
const VISIBLE = 13;

/** The box around what a matte shows; null when it shows nothing. */
export async function matteBox(
  matte: Uint8Array,
  { width, height }: { width: number; height: number },
  pace: Pace,
): Promise<Box | null> {
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = matte.subarray(y * width, (y + 1) * width);
    const first = row.findIndex(isVisible);
    if (first >= 0) {
      left = Math.min(left, first);
      right = Math.max(right, row.findLastIndex(isVisible));
      if (top < 0) top = y;
      bottom = y;
    }
    await pace();
  }
  return top < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

const isVisible = (value: number) => value >= VISIBLE;
