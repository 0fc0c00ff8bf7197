import type { ColourPlanes } from '../pixels/plane';

/** A frame is at most this wide, as a share of the shorter side. */
const WIDEST = 0.12;
/** So much of a line is of the frame's colour inside it, and so little right behind it. */
const INSIDE = 0.97;
const BEHIND = 0.2;

/**
 * The width of a frame drawn around a picture, as a share of its shorter side: a band of one colour, as wide on all four sides, that ends
 * abruptly. A white one is no frame, it is what pictures stand on. 0: there is none.
 */
export function frameWidth(planes: ColourPlanes, colour: readonly [number, number, number], tolerance: number): number {
  if (Math.min(...colour) > 1 - tolerance) return 0;
  const { width, height } = planes[0];
  const most = Math.floor(WIDEST * Math.min(width, height));
  const alike = (i: number) =>
    planes.every(({ data }, c) => Math.abs((data[i] as number) - (colour[c] as number)) <= tolerance);
  const shareOf = (pixels: number[]) => pixels.filter(alike).length / pixels.length;
  // Of the lines of each side, only what lies between the frame's other sides.
  const row = (y: number, inset: number) => range(inset, width - inset).map((x) => y * width + x);
  const column = (x: number, inset: number) => range(inset, height - inset).map((y) => y * width + x);
  const sides = [
    (depth: number, inset: number) => row(depth, inset),
    (depth: number, inset: number) => row(height - 1 - depth, inset),
    (depth: number, inset: number) => column(depth, inset),
    (depth: number, inset: number) => column(width - 1 - depth, inset),
  ];
  const widths = sides.map((side) => {
    let depth = 0;
    while (depth <= most && shareOf(side(depth, depth)) >= INSIDE) depth++;
    // A line may be half frame, half picture.
    return depth > 0 && depth <= most && shareOf(side(depth + 1, depth + 1)) <= BEHIND ? depth : 0;
  });
  const [narrowest, widest] = [Math.min(...widths), Math.max(...widths)];
  return narrowest > 0 && widest - narrowest <= 1 ? widest / Math.min(width, height) : 0;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(1, to - from) }, (_, i) => from + i);
}
