import { gaussianBlur } from './gaussian-blur';
import { type ColourPlanes, createPlane, type Plane } from './plane';

/** What counts as a soft transition, at working size. */
export interface Softness {
  /** The largest relative change between neighbours. */
  step: number;
  /** How far from a sharper edge the backdrop is followed freely, in pixels. */
  clearance: number;
}

export interface Backdrop {
  /** Mean of the three channels, 0..1, lightly smoothed. */
  intensity: Plane;
  /** 1 on the backdrop, in the light or in a soft shadow; 0 on the product and on anything behind a sharp edge. */
  mask: Plane;
  /** 1 for the lit backdrop's chromaticity at a believable depth of shadow, fading to 0 towards the limits of the mask. */
  likeness: Plane;
}

/** The frame that is looked at for the backdrop's colour, as a share of the shorter side. */
const FRAME = 0.04;
/** Less of the frame in one smooth colour than this is no studio backdrop: a street or a room is left alone. */
const SMALLEST_FRAME_SHARE = 0.4;
/** Chromaticity (r, g of r+g+b=1) may stray so far freely, and at most so far: shadows are a little bluer than light. */
const CHROMA_TOLERANCE = { free: 0.025, most: 0.06 };
/** Shares of the lit intensity: below the first something is surely an object, above the second maybe a shadow. */
const DARKEST_SHADOW = { surely: 0.22, maybe: 0.4 };

/**
 * Finds a studio backdrop: one smooth colour along the frame, grown inwards over soft transitions of the same
 * chromaticity. A product is not entered, for its outline is a sharp edge. Null if the frame shows no such backdrop.
 */
export function findBackdrop(picture: ColourPlanes, softness: Softness): Backdrop | null {
  const [red, green, blue] = picture.map((plane) => gaussianBlur(plane, 0.7)) as unknown as ColourPlanes;
  const { width, height } = red;
  const intensity = createPlane(width, height);
  const chromaR = new Float32Array(width * height);
  const chromaG = new Float32Array(width * height);
  for (let i = 0; i < chromaR.length; i++) {
    const sum = (red.data[i] as number) + (green.data[i] as number) + (blue.data[i] as number) + 1e-3;
    intensity.data[i] = sum / 3;
    chromaR[i] = (red.data[i] as number) / sum;
    chromaG[i] = (green.data[i] as number) / sum;
  }
  const frame = frameIndices(width, height);
  const lit = litColour(frame, intensity.data, chromaR, chromaG);
  if (!lit) return null;
  const likeness = createPlane(width, height);
  for (let i = 0; i < likeness.data.length; i++) {
    const stray = Math.hypot((chromaR[i] as number) - lit.r, (chromaG[i] as number) - lit.g);
    const depth = (intensity.data[i] as number) / lit.intensity;
    likeness.data[i] =
      ramp(CHROMA_TOLERANCE.most, CHROMA_TOLERANCE.free, stray) *
      ramp(DARKEST_SHADOW.surely, DARKEST_SHADOW.maybe, depth);
  }
  const alike = (i: number) => (likeness.data[i] as number) > 0;
  const seeds = frame.filter((i) => alike(i) && (intensity.data[i] as number) > 0.88 * lit.intensity);
  const mask = growSoftly(seeds, intensity, alike, softness);
  const covered = frame.reduce((count, i) => count + (mask.data[i] as number), 0);
  return covered < SMALLEST_FRAME_SHARE * frame.length
    ? null
    : { intensity, mask, likeness: gaussianBlur(likeness, 2) };
}

/** 0 at `from` and beyond, 1 at `to` and beyond, straight between; either may be the larger. */
function ramp(from: number, to: number, value: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

function frameIndices(width: number, height: number): number[] {
  const depth = Math.max(1, Math.round(Math.min(width, height) * FRAME));
  const indices: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x < depth || y < depth || x >= width - depth || y >= height - depth) indices.push(y * width + x);
    }
  }
  return indices;
}

/** The commonest chromaticity of the frame and the 80th percentile of the intensities that share it. */
function litColour(
  frame: number[],
  intensity: Float32Array,
  chromaR: Float32Array,
  chromaG: Float32Array,
): { r: number; g: number; intensity: number } | null {
  const votes = new Map<number, number[]>();
  for (const i of frame) {
    if ((intensity[i] as number) < 0.15) continue;
    const cell = Math.round((chromaR[i] as number) * 40) * 64 + Math.round((chromaG[i] as number) * 40);
    const members = votes.get(cell);
    if (members) members.push(i);
    else votes.set(cell, [i]);
  }
  const best = [...votes.values()].sort((p, q) => q.length - p.length)[0];
  if (!best) return null;
  const values = best.map((i) => intensity[i] as number).sort((p, q) => p - q);
  const mean = (chroma: Float32Array) => best.reduce((sum, i) => sum + (chroma[i] as number), 0) / best.length;
  return { r: mean(chromaR), g: mean(chromaG), intensity: values[Math.floor(values.length * 0.8)] as number };
}

/**
 * Grows from the seeds in two waves: first only where no sharp edge is near, so that a small gap in a product's outline
 * lets nothing in; then the few pixels up to the outline itself.
 */
function growSoftly(
  seeds: number[],
  intensity: Plane,
  alike: (index: number) => boolean,
  { step, clearance }: Softness,
): Plane {
  const { width, height } = intensity;
  const mask = createPlane(width, height);
  const steps = steepestSteps(intensity);
  const nearSteps = widestWithin(steps, clearance);
  const open = (limit: Plane) => (i: number) => (limit.data[i] as number) <= step && alike(i);
  const reached = grow(mask, seeds.filter(open(nearSteps)), open(nearSteps), Number.POSITIVE_INFINITY);
  grow(mask, reached, open(steps), clearance);
  return mask;
}

/** Marks what is connected to the seeds within so many steps; returns everything it marked. */
function grow(mask: Plane, seeds: ArrayLike<number>, open: (index: number) => boolean, steps: number): Int32Array {
  const { width, height, data } = mask;
  const queue = new Int32Array(width * height + seeds.length);
  queue.set(seeds);
  for (let i = 0; i < seeds.length; i++) data[seeds[i] as number] = 1;
  let tail = seeds.length;
  const visit = (index: number) => {
    if (data[index] === 1 || !open(index)) return;
    data[index] = 1;
    queue[tail++] = index;
  };
  let head = 0;
  for (let step = 0; step < steps && head < tail; step++) {
    for (const end = tail; head < end; head++) {
      const at = queue[head] as number;
      const x = at % width;
      if (x > 0) visit(at - 1);
      if (x < width - 1) visit(at + 1);
      if (at >= width) visit(at - width);
      if (at < width * (height - 1)) visit(at + width);
    }
  }
  return queue.slice(0, tail);
}

/** The largest relative difference of each pixel to its right and lower neighbour. */
function steepestSteps({ width, height, data }: Plane): Plane {
  const steps = createPlane(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = data[i] as number;
      const across = x + 1 < width ? relativeStep(value, data[i + 1] as number) : 0;
      const down = y + 1 < height ? relativeStep(value, data[i + width] as number) : 0;
      steps.data[i] = Math.max(across, down);
    }
  }
  return steps;
}

function relativeStep(p: number, q: number): number {
  return p > q ? (p - q) / (p + 1e-3) : (q - p) / (q + 1e-3);
}

/** The largest value within so many pixels, across and down. */
function widestWithin({ width, height, data }: Plane, radius: number): Plane {
  const across = createPlane(width, height);
  const widest = createPlane(width, height);
  slideLargest(data, across.data, { lines: height, lineStep: width, length: width, step: 1 }, radius);
  slideLargest(across.data, widest.data, { lines: width, lineStep: 1, length: height, step: width }, radius);
  return widest;
}

interface Lines {
  lines: number;
  lineStep: number;
  length: number;
  step: number;
}

function slideLargest(from: Float32Array, to: Float32Array, axis: Lines, radius: number): void {
  const { lines, lineStep, length, step } = axis;
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      const last = at + radius < length ? at + radius : length - 1;
      let most = 0;
      for (let k = at > radius ? at - radius : 0; k <= last; k++) {
        const value = from[line * lineStep + k * step] as number;
        if (value > most) most = value;
      }
      to[line * lineStep + at * step] = most;
    }
  }
}
