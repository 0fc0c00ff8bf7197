import type { Pipeline, StageName } from '@packshot/contracts';

/** Seconds a megapixel takes, measured when the runner warms up. Plain data: it may cross process boundaries. */
export interface CostSheet {
  /** Decoding, and encoding with all that is done per pixel outside the networks. */
  codec: number;
  /** Per input megapixel of the stage. */
  stages: Record<StageName, number>;
}

/**
 * Seconds a picture of this size is expected to take, from the costs in `runner.info()`. An estimate: a time limit should
 * leave it room. Stages that might skip themselves are counted in full.
 */
export function estimateCost(pipeline: Pipeline, width: number, height: number, costs: CostSheet): number {
  const megapixels = (width * height) / 1e6;
  const scale = pipeline.upscale === false ? 1 : pipeline.upscale.scale;
  let seconds = costs.codec * megapixels * (1 + scale * scale);
  for (const stage of ['denoise', 'shadow', 'background'] as const) {
    if (pipeline[stage] !== false) seconds += costs.stages[stage] * megapixels;
  }
  // Fourfold is twofold twice, and the second time the picture has four times the pixels.
  if (scale >= 2) seconds += costs.stages.upscale * megapixels * (scale === 4 ? 5 : 1);
  return seconds;
}
