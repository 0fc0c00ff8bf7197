import type { Plane } from '../../pixels';

/** How one alpha, 0..1, compares with the right one of the same size. */
export interface MatteFigures {
  /** Intersection over union of what is above one half, 0..1. */
  iou: number;
  /** Twice the intersection over the sum of both areas, 0..1. */
  dice: number;
  /** Mean absolute difference. */
  mae: number;
  /** Sum of absolute differences, in thousands of pixels. */
  sad: number;
  /** Harmonic mean of how much of each outline lies on the other's, 0..1. */
  boundary: number;
}

/** How far apart outlines may be, of the diagonal (Perazzi et al., "A benchmark dataset … video object segmentation", 2016). */
const BOUNDARY_TOLERANCE = 0.008;

export function compareMattes(found: Plane, truth: Plane): MatteFigures {
  let [both, either, sizes, sad] = [0, 0, 0, 0];
  for (let i = 0; i < truth.data.length; i++) {
    const [p, q] = [found.data[i] as number, truth.data[i] as number];
    const [kept, wanted] = [Number(p > 0.5), Number(q > 0.5)];
    both += kept & wanted;
    either += kept | wanted;
    sizes += kept + wanted;
    sad += Math.abs(p - q);
  }
  return {
    iou: either === 0 ? 1 : both / either,
    dice: sizes === 0 ? 1 : (2 * both) / sizes,
    mae: sad / truth.data.length,
    sad: sad / 1000,
    boundary: boundaryScore(found, truth),
  };
}

function boundaryScore(found: Plane, truth: Plane): number {
  const reach = Math.max(1, Math.round(BOUNDARY_TOLERANCE * Math.hypot(truth.width, truth.height)));
  const [p, q] = [outline(found), outline(truth)];
  const precision = shareNear(p, widened(q, truth, reach));
  const recall = shareNear(q, widened(p, truth, reach));
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** 1 for what is inside and has a neighbour to the right or below that is not, or the other way round. */
function outline({ width, height, data }: Plane): Uint8Array {
  const inside = (i: number) => (data[i] as number) > 0.5;
  const edge = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const turns = x + 1 < width && inside(i) !== inside(i + 1);
      if (turns || (y + 1 < height && inside(i) !== inside(i + width))) edge[i] = 1;
    }
  }
  return edge;
}

/** Every marked pixel and what is at most `reach` away from it, along rows and columns. */
function widened(marks: Uint8Array, { width, height }: Plane, reach: number): Uint8Array {
  const rows = new Uint8Array(marks.length);
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 0) continue;
    const x = i % width;
    rows.fill(1, i - Math.min(reach, x), i + Math.min(reach, width - 1 - x) + 1);
  }
  const square = new Uint8Array(marks.length);
  for (let i = 0; i < marks.length; i++) {
    if (rows[i] === 0) continue;
    const y = Math.trunc(i / width);
    for (let k = -Math.min(reach, y); k <= Math.min(reach, height - 1 - y); k++) square[i + k * width] = 1;
  }
  return square;
}

function shareNear(marks: Uint8Array, near: Uint8Array): number {
  let [hits, count] = [0, 0];
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 0) continue;
    count++;
    hits += near[i] as number;
  }
  return count === 0 ? 1 : hits / count;
}

/** Sum of absolute differences where `open` holds, in thousands of pixels. */
export function sadWhere(found: Plane, truth: Plane, open: (index: number) => boolean): number {
  let sum = 0;
  for (let i = 0; i < truth.data.length; i++) {
    if (open(i)) sum += Math.abs((found.data[i] as number) - (truth.data[i] as number));
  }
  return sum / 1000;
}
