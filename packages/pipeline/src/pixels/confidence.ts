import type { Plane } from './plane';

/** Below this share of the picture a product counts as this large: a speck is not surer for being small. */
const SMALLEST_PRODUCT = 0.02;

/**
 * How sure a network is of the cut-out it gives, 0..1: 1 / (1 + u^2), where u is its share of unsure pixels (0.1..0.9) over
 * its share of product (above 0.5). 0 where it sees no product. A hint where to look first, not the probability that a
 * cut-out is right: how far it ranks pictures by their cut-outs stands in the card of each compact model.
 */
export function cutoutConfidence(alpha: Plane): number {
  let unsure = 0;
  let product = 0;
  for (const value of alpha.data) {
    if (value > 0.1 && value < 0.9) unsure++;
    if (value > 0.5) product++;
  }
  if (product === 0) return 0;
  const share = unsure / Math.max(SMALLEST_PRODUCT * alpha.data.length, product);
  return 1 / (1 + share * share);
}
