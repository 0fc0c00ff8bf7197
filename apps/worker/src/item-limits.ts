import type { Pipeline } from '@packshot/contracts';
import { type CostSheet, estimateCost } from '@packshot/pipeline';

export interface TimeoutRules {
  baseMs: number;
  /** How many times its expected duration an item may take beyond the base. */
  factor: number;
  /** Without progress, beyond its expected duration. */
  quietMs: number;
  /** Taken for an image of unknown size. */
  maxInputPixels: number;
}

/** How long an item may stay in the engine, and how long it may make no progress there, in milliseconds. */
export interface ItemLimits {
  timeoutMs: number;
  progressTimeoutMs: number;
}

/** Nothing takes longer than a day; and timers cannot be set for more than 24.8. */
const LONGEST_MS = 86_400_000;

/**
 * The limits of an item: the time its job gives it (`asked`), else from what its size should cost on this machine. A stage may work for long without a sign of
 * life, at most as long as the whole item should take: a large image that computes is not to be mistaken for a hang.
 */
export function itemLimits(
  pipeline: Pipeline,
  size: { width: number | null; height: number | null },
  costs: CostSheet,
  { baseMs, factor, quietMs, maxInputPixels }: TimeoutRules,
  asked: number | null = null,
): ItemLimits {
  const { width, height } = size;
  const known = width !== null && height !== null;
  const expectedMs = 1000 * estimateCost(pipeline, known ? width : maxInputPixels, known ? height : 1, costs);
  return {
    timeoutMs: Math.min(LONGEST_MS, asked ?? baseMs + factor * expectedMs),
    progressTimeoutMs: Math.min(LONGEST_MS, quietMs + expectedMs),
  };
}
