import type { Plane } from './plane';
import { connectedRegions } from './regions';

/** Regions lifted by more than this are looked at as a whole, and need this share of their outline to fade softly. */
const DARK_REGION = 1.04;
const SMALLEST_SOFT_SHARE = 0.35;
/** The share of the outline that may be a sharp edge with lit backdrop (lifted by less than this) just across it. */
const LARGEST_SHARP_SHARE = 0.12;
const BARELY_LIFTED = 1.03;
const ACROSS_EDGE = 6;
const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

/**
 * Takes the gain off dark regions that are no shadows: a grey garment or a mug that the backdrop's mask leaked into, tiles,
 * texture. A shadow touches its object on one side and fades into the light on the others. An object has a sharp outline
 * with the lit backdrop right behind it; rather a shadow stays than a product is bleached.
 * Returns the number of pixels left alone.
 */
export function leaveObjects(gain: Plane, mask: Plane): number {
  const { width, height, data } = gain;
  const dark = (i: number) => mask.data[i] === 1 && (data[i] as number) > DARK_REGION;
  const lit = (i: number) => mask.data[i] === 1 && (data[i] as number) < BARELY_LIFTED;
  let leftAlone = 0;
  for (const { pixels } of connectedRegions(width, height, dark)) {
    const outline = { soft: 0, againstObject: 0, againstLight: 0 };
    for (const i of pixels) {
      const x = i % width;
      const y = (i - x) / width;
      for (const [dx, dy] of DIRECTIONS) {
        const reach = roomTowards(x, dx, width, roomTowards(y, dy, height, ACROSS_EDGE));
        const step = dy * width + dx;
        if (reach === 0 || dark(i + step)) continue;
        if (mask.data[i + step] === 1) outline.soft++;
        else if (someAlong(i + step, step, reach - 1, lit)) outline.againstLight++;
        else outline.againstObject++;
      }
    }
    const length = outline.soft + outline.againstObject + outline.againstLight;
    const isShadow =
      outline.soft >= SMALLEST_SOFT_SHARE * length && outline.againstLight <= LARGEST_SHARP_SHARE * length;
    if (isShadow) continue;
    leftAlone += pixels.length;
    for (const i of pixels) data[i] = 1;
  }
  return leftAlone;
}

/** How many steps in this direction stay inside, at most `steps`. */
function roomTowards(at: number, direction: number, length: number, steps: number): number {
  if (direction === 0) return steps;
  return Math.min(steps, direction > 0 ? length - 1 - at : at);
}

function someAlong(start: number, step: number, count: number, test: (index: number) => boolean): boolean {
  for (let k = 1, i = start + step; k <= count; k++, i += step) if (test(i)) return true;
  return false;
}
