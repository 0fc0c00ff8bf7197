import type { Pace } from '../pace';
import { createPlane, type Plane } from '../plane';
import type { Raster } from '../raster';
import { alphaToPlane } from '../resize';
import { carryUp } from './carry-up';
import { solveSystem } from './conjugate-gradient';
import { mattingSystem } from './matting-laplacian';
import { UNKNOWN } from './trimap';
import { cropBytes, cropProblem, findBand, pasteAlpha, shrinkProblem } from './unknown-band';

/** Above it the band is solved at a smaller size: 200,000 unknown pixels are about 55 MB. */
const MOST_UNKNOWN = 200_000;
const MARGIN = 8;
/** Mean differences to the exact solution lie under a thousandth (of 0..1) then. */
const EFFORT = { tolerance: 1e-5, iterations: 500 };

export interface ClosedFormContext {
  pace: Pace;
  progress(fraction: number): void;
  /** Told the share of the photo's side that a large problem was solved at. */
  onReduced(scale: number): void;
}

/**
 * Closed-form matting (Levin, Lischinski, Weiss 2008; epsilon 1e-7, windows of 3x3) of a trimap's unknown pixels, in place;
 * known ones become 0 or 255. `alpha` (width * height bytes) is where the solver starts. Work and memory are bounded by
 * MOST_UNKNOWN: a larger band is solved at a smaller size and carried up by the guided filter.
 */
export async function closedFormMatting(
  photo: Raster,
  trimap: Uint8Array,
  alpha: Uint8Array,
  context: ClosedFormContext,
  mostUnknown = MOST_UNKNOWN,
): Promise<void> {
  const { unknown, box } = findBand(trimap, photo, MARGIN);
  const problem = cropProblem(photo, trimap, box);
  const start = cropBytes(alpha, photo.width, box, 1);
  if (unknown <= mostUnknown) {
    const solved = await solve(
      problem.photo,
      problem.trimap,
      await alphaToPlane(start, box, box.width, box.height, context.pace),
      context,
    );
    pasteAlpha(alpha, trimap, photo, { alpha: toBytes(solved), box });
    return;
  }
  // Pixels on the rim of a smaller band are unknown as soon as a part of them is: hence a little less than the root.
  const scale = 0.95 * Math.sqrt(mostUnknown / unknown);
  const [width, height] = [Math.max(1, Math.round(box.width * scale)), Math.max(1, Math.round(box.height * scale))];
  context.onReduced(scale);
  const small = await shrinkProblem(problem.photo, problem.trimap, width, height, context.pace);
  const raster = toRaster(small.colour);
  const solved = await solve(
    raster,
    small.trimap,
    await alphaToPlane(start, box, width, height, context.pace),
    context,
  );
  pasteAlpha(alpha, trimap, photo, { alpha: await carryUp(problem.photo, small.colour, solved, context.pace), box });
}

/** The start with its unknown pixels solved and its known ones set, 0..1. */
async function solve(photo: Raster, trimap: Uint8Array, start: Plane, context: ClosedFormContext): Promise<Plane> {
  const system = await mattingSystem(photo, trimap, context.pace);
  const alpha = new Float64Array(system.count);
  for (let i = 0, u = 0; i < trimap.length; i++) if (trimap[i] === UNKNOWN) alpha[u++] = start.data[i] as number;
  await solveSystem(system, alpha, EFFORT, context.pace, context.progress);
  const solved = createPlane(photo.width, photo.height);
  for (let i = 0, u = 0; i < trimap.length; i++) {
    solved.data[i] =
      trimap[i] === UNKNOWN ? Math.min(1, Math.max(0, alpha[u++] as number)) : (trimap[i] as number) / 255;
  }
  return solved;
}

function toRaster([red, green, blue]: readonly [Plane, Plane, Plane]): Raster {
  const data = new Uint8ClampedArray(red.data.length * 3);
  for (let i = 0, at = 0; i < red.data.length; i++) {
    data[at++] = (red.data[i] as number) * 255;
    data[at++] = (green.data[i] as number) * 255;
    data[at++] = (blue.data[i] as number) * 255;
  }
  return { width: red.width, height: red.height, channels: 3, data: new Uint8Array(data.buffer) };
}

function toBytes(plane: Plane): Uint8Array {
  return new Uint8Array(Uint8ClampedArray.from(plane.data, (value) => value * 255).buffer);
}
