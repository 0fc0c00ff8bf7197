import { colourCells, weightedHistogram } from './colour-histogram';
import { applyGuided, createGuide, type GuidedCoefficients, guidedOutput } from './guided-filter';
import { toLab } from './lab';
import { type ColourPlanes, mapPlane, type Plane } from './plane';
import type { Raster } from './raster';
import { resizePlane, toPlanes, workingSize } from './resize';

export interface RefinedAlpha {
  /** width * height bytes, 0 background .. 255 product. */
  alpha: Uint8Array;
  /** 0..1: near 1 the cut-out can be used unseen, under about 0.5 a person should look. */
  confidence: number;
}

const WORK_SIDE = 360;
const ROUNDS = 5;
const GUIDE = { radius: 6, epsilon: 1e-3 };
/** What the colours may say against the network, in log-odds: a colour seen only in the backdrop turns a doubtful pixel. */
const LARGEST_COLOUR_EVIDENCE = 4;
const LARGEST_NETWORK_EVIDENCE = 3.5;
const STRETCH = { low: 0.3, high: 0.7 };

/**
 * Sharpens a network's small alpha with the photo's own colours: histograms of product and backdrop seeded by the
 * network, then guided upsampling with the full-resolution photo. `network` is 0..1 at any size, aspect squashed or not.
 */
export function refineColour(photo: Raster, network: Plane): RefinedAlpha {
  const size = workingSize(photo.width, photo.height, WORK_SIDE);
  const guide = toPlanes(photo, size.width, size.height);
  const prior = resizePlane(network, size.width, size.height);
  const { coefficients, probability } = colourRounds(guide, prior);
  return { alpha: applyGuided(photo, coefficients, STRETCH), confidence: confidence(probability) };
}

/**
 * Rounds of: how much likelier is this pixel's colour on the product than on the backdrop (Lab histograms weighted by the
 * current answer), added to the network's log-odds, smoothed along the picture's edges. `probability` is the last answer,
 * 0.01..0.99, `coefficients` what made it.
 */
export function colourRounds(
  guide: ColourPlanes,
  prior: Plane,
  rounds = ROUNDS,
): { coefficients: GuidedCoefficients; probability: Plane } {
  const cells = colourCells(toLab(guide));
  const fit = createGuide(guide, GUIDE);
  const network = mapPlane(prior, (p) =>
    clamp(logit(clamp(p, 0.01, 0.99)), -LARGEST_NETWORK_EVIDENCE, LARGEST_NETWORK_EVIDENCE),
  );
  let probability = mapPlane(prior, (p) => clamp(p, 0.01, 0.99));
  let coefficients: GuidedCoefficients | undefined;
  for (let round = 0; round < rounds; round++) {
    const product = weightedHistogram(cells, mapPlane(probability, (p) => (p > 0.5 ? p : 0)).data);
    const backdrop = weightedHistogram(cells, mapPlane(probability, (p) => (p < 0.5 ? 1 - p : 0)).data);
    const evidence = product.map((f, cell) =>
      clamp(
        Math.log((f + 1e-5) / ((backdrop[cell] as number) + 1e-5)),
        -LARGEST_COLOUR_EVIDENCE,
        LARGEST_COLOUR_EVIDENCE,
      ),
    );
    const target = mapPlane(network, (z) => z);
    for (let i = 0; i < target.data.length; i++) {
      const z = (network.data[i] as number) + (evidence[cells[i] as number] as number);
      target.data[i] = 1 / (1 + Math.exp(-z));
    }
    coefficients = fit(target);
    probability = mapPlane(guidedOutput(guide, coefficients), (p) => clamp(p, 0.01, 0.99));
  }
  return { coefficients: coefficients ?? fit(probability), probability };
}

/** The share of unsure pixels (0.1..0.9 after the stretch) over the share of product pixels, mapped to 1 (none) .. 0. */
function confidence(probability: Plane): number {
  let unsure = 0;
  let product = 0;
  for (const p of probability.data) {
    const stretched = (p - STRETCH.low) / (STRETCH.high - STRETCH.low);
    if (stretched > 0.1 && stretched < 0.9) unsure++;
    if (p > 0.5) product++;
  }
  return product === 0 ? 0 : 1 / (1 + (unsure / product) * 2);
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
