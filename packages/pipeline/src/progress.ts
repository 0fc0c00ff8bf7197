import { type Pipeline, STAGES, type StageName } from '@packshot/contracts';
import { type CostSheet, estimateCost } from './cost';

type Part = 'decode' | StageName | 'encode';
const PARTS: readonly Part[] = ['decode', ...STAGES, 'encode'];
const OFF = Object.fromEntries(STAGES.map((stage) => [stage, false])) as Record<StageName, false>;

/**
 * Turns "half of this stage" into a fraction of the whole item that never falls: each part weighs what it is expected to
 * cost for a picture of this size.
 */
export function createProgress(
  pipeline: Pipeline,
  size: { width: number; height: number },
  costs: CostSheet,
  report: (progress: { stage: string; fraction: number }) => void,
): (part: Part, fraction: number) => void {
  const weigh = (part: Pipeline) => estimateCost(part, size.width, size.height, costs);
  const codec = weigh({ ...pipeline, ...OFF });
  const weights = PARTS.map((part) => {
    if (part === 'decode') return codec / 2;
    if (part === 'encode') return pipeline.upscale === false ? codec / 2 : (codec / 2) * pipeline.upscale.scale ** 2;
    return Math.max(0, weigh({ ...pipeline, ...OFF, [part]: pipeline[part] }) - codec);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (part, fraction) => {
    const index = PARTS.indexOf(part);
    const before = weights.slice(0, index).reduce((sum, weight) => sum + weight, 0);
    report({ stage: part, fraction: Math.min(1, (before + (weights[index] ?? 0) * fraction) / total) });
  };
}
