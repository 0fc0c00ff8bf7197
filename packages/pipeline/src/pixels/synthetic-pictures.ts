import { type ColourPlanes, createPlane, type Plane } from './plane';
import { createRaster, type Raster } from './raster';

// Jest looks globals up slowly: taken once, a picture paints many times faster.
const { abs, cos, imul, log, max, min, PI, round, sqrt } = Math;

/** Pictures made from formulas, with a known truth, for the tests of this folder. */
export type Paint = (x: number, y: number) => readonly [red: number, green: number, blue: number];

/** A repeatable source of numbers in 0..1 (linear congruential; good enough to draw with). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Standard normal numbers (Box-Muller). */
function createGaussian(seed: number): () => number {
  const random = createRandom(seed);
  return () => sqrt(-2 * log(1 - random())) * cos(2 * PI * random());
}

/** Paints an RGB raster, values 0..255, optionally with Gaussian noise on every channel. */
export function paintRaster(width: number, height: number, paint: Paint, noiseSigma = 0, seed = 1): Raster {
  const raster = createRaster(width, height, 3);
  const noise = createGaussian(seed);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const value of paint(x, y)) {
        raster.data[at++] = min(255, max(0, round(value + (noiseSigma > 0 ? noiseSigma * noise() : 0))));
      }
    }
  }
  return raster;
}

/** A plane from a formula. */
export function paintPlane(width: number, height: number, paint: (x: number, y: number) => number): Plane {
  const plane = createPlane(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) plane.data[i++] = paint(x, y);
  }
  return plane;
}

/** A plane of random values 0..1. */
export function randomPlane(width: number, height: number, seed: number): Plane {
  const random = createRandom(seed);
  return paintPlane(width, height, random);
}

/** Three random planes. */
export function randomColours(width: number, height: number, seed: number): ColourPlanes {
  return [randomPlane(width, height, seed), randomPlane(width, height, seed + 1), randomPlane(width, height, seed + 2)];
}

/** The largest absolute difference of two planes. */
export function largestDifference(p: Plane, q: Plane): number {
  return p.data.reduce((most, value, i) => max(most, abs(value - (q.data[i] as number))), 0);
}

/** The mean absolute difference of two byte arrays over the indices that `where` admits. */
export function meanDifference(p: Uint8Array, q: Uint8Array, where: (index: number) => boolean = () => true): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < p.length; i++) {
    if (!where(i)) continue;
    sum += abs((p[i] as number) - (q[i] as number));
    count++;
  }
  return sum / count;
}
