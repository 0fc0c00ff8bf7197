import type { Pace, Plane, Raster } from '../pixels';
import { boxBlur } from '../pixels/box-blur';
import { gaussianBlur } from '../pixels/gaussian-blur';
import { product } from '../pixels/plane';
import { filterRows } from './filter-rows';

/** The window in which an area counts as even, as a share of the long side. */
const WINDOW = 1 / 600;
/** Standard deviations of lightness below about this are noise, above it detail. */
const NOISE = 0.03;
/** Sigma of the detail that is raised, in windows. */
const FINE = 0.6;
/** How much of the detail `edges: 1` adds. */
const MOST = 1.5;

/**
 * Takes noise out of even areas and leaves edges: the guided filter (He, Sun, Tang 2010) with the picture as its own guide.
 * `strength` 0..1, in place.
 */
export async function smoothEvenAreas(lightness: Raster, strength: number, pace: Pace): Promise<void> {
  const radius = windowRadius(lightness);
  await filterRows(
    lightness,
    2 * radius,
    (strip) => {
      const mean = boxBlur(strip, radius);
      const squares = boxBlur(product(strip, strip), radius);
      const kept = mapIndexed(mean, (value, i) => {
        const variance = Math.max(0, (squares.data[i] as number) - value * value);
        return variance / (variance + NOISE * NOISE);
      });
      const offset = mapIndexed(mean, (value, i) => value * (1 - (kept.data[i] as number)));
      const [slope, base] = [boxBlur(kept, radius), boxBlur(offset, radius)];
      return mapIndexed(strip, (value, i) => {
        const smooth = (slope.data[i] as number) * value + (base.data[i] as number);
        return value + strength * (smooth - value);
      });
    },
    pace,
  );
}

/** Raises fine detail: the difference to a blurred copy is added. `strength` 0..1, in place. */
export async function raiseEdges(lightness: Raster, strength: number, pace: Pace): Promise<void> {
  const sigma = Math.max(1, FINE * windowRadius(lightness));
  await filterRows(
    lightness,
    Math.ceil(4 * sigma),
    (strip) => {
      const blurred = gaussianBlur(strip, sigma);
      return mapIndexed(strip, (value, i) => value + MOST * strength * (value - (blurred.data[i] as number)));
    },
    pace,
  );
}

function windowRadius({ width, height }: Raster): number {
  return Math.max(1, Math.round(WINDOW * Math.max(width, height)));
}

function mapIndexed(plane: Plane, change: (value: number, index: number) => number): Plane {
  return { ...plane, data: plane.data.map(change) };
}
