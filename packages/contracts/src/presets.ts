import type { PipelineRequest } from './operations';

/** Named pipelines. A job without a pipeline runs `default`. */
export const PRESETS = {
  default: { denoise: 'auto', shadow: 'auto', background: true, upscale: { scale: 2 } },
  cutout: { background: true },
  restore: { denoise: 'auto', upscale: { scale: 2 } },
} as const satisfies Record<string, PipelineRequest>;

export type PresetName = keyof typeof PRESETS;
