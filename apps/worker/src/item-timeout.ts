import type { Pipeline } from '@packshot/contracts';
import { type CostSheet, estimateCost } from '@packshot/pipeline';

export interface TimeoutRules {
  baseMs: number;
  /** How many times its expected duration an item may take beyond the base. */
  factor: number;
  /** Taken for an image of unknown size; such an item is bounded by the progress watchdog in practice. */
  maxInputPixels: number;
}

/** How long an item may stay in the engine, in milliseconds: a base, and a multiple of what its size should cost here. */
export function itemTimeoutMs(
  pipeline: Pipeline,
  size: { width: number | null; height: number | null },
  costs: CostSheet,
  { baseMs, factor, maxInputPixels }: TimeoutRules,
): number {
  const known = size.width !== null && size.height !== null;
  const [width, height] = known ? [size.width ?? 0, size.height ?? 0] : [maxInputPixels, 1];
  return baseMs + 1000 * factor * estimateCost(pipeline, width, height, costs);
}
