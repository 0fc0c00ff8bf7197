import type { Pipeline, StageName } from '@packshot/contracts';
import { namedModels } from './named-models';

/** Seconds a megapixel takes, measured when the runner warms up. Plain data: it may cross process boundaries. */
export interface CostSheet {
  /** Decoding, and encoding with all that is done per pixel outside the networks. */
  codec: number;
  /** Per input megapixel of the stage, with its default model. */
  stages: Record<StageName, number>;
  /** The same of enlarging fourfold. */
  fourfold: number;
  /** Of models by id, timed here or worked out from their records. */
  models: Record<string, ModelCost>;
}

export interface ModelCost {
  /** Of a model that sees the picture in tiles. */
  perMegapixel?: number;
  /** Of a model that sees it whole, at a size of its own. */
  perPicture?: number;
  /** Output side over input side. */
  scale: number;
}

/**
 * Seconds a picture of this size is expected to take, from the costs in `runner.info()`. An estimate: a time limit should
 * leave it room. Stages that might skip themselves are counted in full.
 */
export function estimateCost(pipeline: Pipeline, width: number, height: number, costs: CostSheet): number {
  const megapixels = (width * height) / 1e6;
  const scale = pipeline.upscale === false ? 1 : pipeline.upscale.scale;
  let seconds = costs.codec * megapixels * (1 + scale * scale);
  for (const stage of ['denoise', 'deblur'] as const) {
    if (pipeline[stage] !== false && !isNamed(pipeline[stage].model, costs))
      seconds += costs.stages[stage] * megapixels;
  }
  // What these do beside networks counts whichever those are.
  for (const stage of ['shadow', 'contrast', 'background'] as const) {
    if (pipeline[stage] !== false) seconds += costs.stages[stage] * megapixels;
  }
  if (pipeline.compose !== false) {
    // It works on what the enlargement left, or on a larger canvas, which is then encoded.
    const before = megapixels * scale * scale;
    const canvas = Math.max(before, canvasMegapixels(pipeline.compose.canvas));
    seconds += costs.stages.compose * canvas + costs.codec * (canvas - before);
  }
  if (pipeline.upscale !== false && !isNamed(pipeline.upscale.model, costs)) {
    seconds += (scale === 4 ? costs.fourfold : costs.stages.upscale) * megapixels;
  }
  for (const { task, id } of namedModels(pipeline)) {
    const cost = id === undefined ? undefined : costs.models[id];
    if (cost === undefined) continue;
    const repeated = task === 'upscale' ? rounds(scale, cost.scale) : 1;
    seconds += (cost.perPicture ?? 0) + (cost.perMegapixel ?? 0) * megapixels * repeated;
  }
  return seconds;
}

/** Of a canvas that is given a size; by its longer side where that is all there is. */
function canvasMegapixels({
  width = 0,
  height = 0,
}: {
  width?: number | undefined;
  height?: number | undefined;
}): number {
  return ((width || height) * (height || width)) / 1e6;
}

function isNamed(id: string | undefined, costs: CostSheet): boolean {
  return id !== undefined && costs.models[id] !== undefined;
}

/** How much of one run enlarging takes: fourfold may be twofold twice, the second time with four times the pixels. */
export function rounds(scale: number, factor: number): number {
  return scale > factor ? 1 + factor * factor : 1;
}
