import { colourCells, weightedHistogram } from './colour-histogram';
import { applyGuided, createGuide, guidedCoefficients, guidedOutput } from './guided-filter';
import { toLab } from './lab';
import type { Pace } from './pace';
import { type ColourPlanes, mapPlane, type Plane } from './plane';
import type { Raster } from './raster';
import { resizePlane, toPlanes, workingSize } from './resize';
import { tidyAlpha } from './tidy-alpha';

/** Where colours vote: small enough for 14^3 histograms to be full, large enough for a strap to be seen. */
const VOTE = { longSide: 360, rounds: 5, radius: 6, epsilon: 1e-3 };
/** Where the final edge is fitted: a small window keeps it close to the photo's own edge. */
const EDGE = { longSide: 720, radius: 3, epsilon: 1e-4 };
/** What a colour may say against the network, in log-odds: one seen only in the backdrop turns a doubtful pixel. */
const LARGEST_COLOUR_EVIDENCE = 4;
const LARGEST_NETWORK_EVIDENCE = 3.5;

/**
 * Sharpens a network's small alpha with the photo's own colours: histograms of product and backdrop seeded by the
 * network, then guided upsampling with the full-resolution photo. `network` is 0..1 at any size; it covers the whole
 * photo, squashed or not. Needs, beyond the returned alpha, under 100 MB whatever the size of the photo. Returns
 * width * height bytes, 0 background .. 255 product.
 */
export async function refineColour(photo: Raster, network: Plane, pace: Pace): Promise<Uint8Array> {
  const votes = workingSize(photo.width, photo.height, VOTE.longSide);
  const prior = resizePlane(network, votes.width, votes.height);
  const probability = colourVote(await toPlanes(photo, votes.width, votes.height, pace), prior);
  const small = mapPlane(probability, (p) => clamp((p - 0.3) / 0.4, 0, 1));
  tidyAlpha(small, prior);
  const edges = workingSize(photo.width, photo.height, EDGE.longSide);
  const guide = await toPlanes(photo, edges.width, edges.height, pace);
  const coefficients = guidedCoefficients(guide, resizePlane(small, edges.width, edges.height), EDGE);
  // The filter never quite reaches its ends: without the stretch a white backdrop keeps a veil of 1 to 3 %.
  return applyGuided(photo, coefficients, { low: 0.04, high: 0.96 }, pace);
}

/**
 * Rounds of: how much likelier is this pixel's colour on the product than on the backdrop (Lab histograms weighted by the
 * current answer), added to the network's log-odds, smoothed along the picture's edges. Returns the last answer,
 * 0.01..0.99. `guide` (0..1) and `prior` are of one size.
 */
function colourVote(guide: ColourPlanes, prior: Plane): Plane {
  const cells = colourCells(toLab(guide));
  const smooth = createGuide(guide, VOTE);
  const network = mapPlane(prior, (p) =>
    clamp(logit(clamp(p, 0.01, 0.99)), -LARGEST_NETWORK_EVIDENCE, LARGEST_NETWORK_EVIDENCE),
  );
  let probability = mapPlane(prior, (p) => clamp(p, 0.01, 0.99));
  for (let round = 0; round < VOTE.rounds; round++) {
    const evidence = colourEvidence(cells, probability);
    const target = mapPlane(network, (z) => z);
    for (let i = 0; i < target.data.length; i++) {
      const z = (target.data[i] as number) + (evidence[cells[i] as number] as number);
      target.data[i] = 1 / (1 + Math.exp(-z));
    }
    probability = mapPlane(guidedOutput(guide, smooth(target)), (p) => clamp(p, 0.01, 0.99));
  }
  return probability;
}

/** For each histogram cell the log of how much likelier it is on the product; 0 where neither side was seen. */
function colourEvidence(cells: Uint16Array, probability: Plane): Float32Array {
  const product = weightedHistogram(cells, mapPlane(probability, (p) => (p > 0.5 ? p : 0)).data);
  const backdrop = weightedHistogram(cells, mapPlane(probability, (p) => (p < 0.5 ? 1 - p : 0)).data);
  return product.map((share, cell) =>
    clamp(
      Math.log((share + 1e-5) / ((backdrop[cell] as number) + 1e-5)),
      -LARGEST_COLOUR_EVIDENCE,
      LARGEST_COLOUR_EVIDENCE,
    ),
  );
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
