import { type Plane, planeMean } from './plane';
import { connectedRegions, type Region } from './regions';

/** Islands up to this share of the largest region go, holes up to this share of the product close, if the network agrees. */
const LARGEST_ISLAND = 0.05;
const LARGEST_HOLE = 0.003;
/** The network's mean opinion: an island it was nearly sure of stays (a second product), so does a hole it saw. */
const SURE_ISLAND = 0.6;
const SEEN_HOLE = 0.5;
/** Faint links count when looking for islands, so that a spoke or strap that fades in between keeps its far end. */
const FAINT = 0.05;
const SOLID = 0.8;

/**
 * Clears small islands far from the product and closes pinholes inside it, in place. `alpha` and `network` are 0..1 and of
 * one size. Openings the network itself saw (a handle, a wheel) stay open, so do openings that reach the border.
 */
export function tidyAlpha(alpha: Plane, network: Plane): void {
  const { width, height, data } = alpha;
  const islands = connectedRegions(width, height, (i) => (data[i] as number) > FAINT);
  const largest = islands.reduce((most, island) => Math.max(most, island.pixels.length), 0);
  for (const island of islands) {
    if (island.pixels.length > LARGEST_ISLAND * largest || meanWithin(network, island) > SURE_ISLAND) continue;
    for (const i of island.pixels) data[i] = 0;
  }
  const product = planeMean(alpha) * data.length;
  for (const hole of connectedRegions(width, height, (i) => (data[i] as number) < SOLID)) {
    if (hole.touchesBorder || hole.pixels.length > LARGEST_HOLE * product) continue;
    if (meanWithin(network, hole) < SEEN_HOLE) continue;
    for (const i of hole.pixels) data[i] = 1;
  }
}

function meanWithin(plane: Plane, region: Region): number {
  let sum = 0;
  for (const i of region.pixels) sum += plane.data[i] as number;
  return sum / region.pixels.length;
}
