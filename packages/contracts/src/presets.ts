import type { PipelineRequest } from './operations';

/** Named pipelines. A job without a pipeline runs `default`. */
export const PRESETS = {
  default: { denoise: 'auto', shadow: 'auto', background: true, upscale: { scale: 2 } },
  cutout: { background: true },
  restore: { denoise: 'auto', upscale: { scale: 2 } },
} as const satisfies Record<string, PipelineRequest>;

export type PresetName = keyof typeof PRESETS;

/** What each is for, in users' words. */
export const PRESET_TEXTS: Readonly<Record<PresetName, string>> = {
  default: 'Clean, even out shadows, cut the product out, and double its size.',
  cutout: 'Cut the product out and leave the rest alone.',
  restore: 'Clean and double the size; the background stays.',
};
