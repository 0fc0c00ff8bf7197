import { join } from 'node:path';
import { checkOutputSize, type ImageLimits, outputFormat, type Pipeline } from '@packshot/contracts';
import { encodeMask, encodePicture } from './image/encode';
import { watchGrowth } from './image/watch-growth';
import type { RunFile } from './report';
import type { Picture } from './stages/stage';
import { drawWatermark, WATERMARK_NOTE } from './watermark';

/** The share of encoding that the mask is taken to be. */
const MASK_SHARE = 0.2;

export interface WriteOptions {
  /** The profile the pixels are in; null: sRGB. */
  profile: Buffer | null;
  outputDir: string;
  pipeline: Pipeline;
  /** Over the result, not over the mask. */
  watermark: boolean;
  limits: ImageLimits;
  signal: AbortSignal;
  progress: (fraction: number) => void;
}

/**
 * Writes `result.<ext>` and, where the pipeline cuts out and a mask is wanted, `mask.png`. The picture is used up.
 * @throws output_too_large, storage_error, the signal's reason
 */
export async function writeResults(
  picture: Picture,
  { profile, outputDir, pipeline, watermark, limits, signal, progress }: WriteOptions,
): Promise<{ result: RunFile; mask: RunFile | null; notes: string[] }> {
  const { output } = pipeline;
  const { width, height } = picture.colour;
  const format = outputFormat(output, picture.alpha !== null);
  checkOutputSize({ width, height }, format, limits);
  const notes: string[] = [];
  if (picture.alpha !== null && format === 'jpeg') notes.push(`transparency was filled with ${output.background}`);

  let mask: RunFile | null = null;
  if (picture.alpha !== null && output.mask && pipeline.background !== false) {
    const path = join(outputDir, 'mask.png');
    mask = { ...(await encodeMask(picture.alpha, width, height, path)), path };
  }
  progress(MASK_SHARE);
  if (watermark) {
    await drawWatermark(picture, signal);
    notes.push(WATERMARK_NOTE);
  }

  const path = join(outputDir, `result.${format === 'jpeg' ? 'jpg' : format}`);
  // How large the file becomes is not known: the nearer to a byte a pixel, the slower this rises, and it never stands still.
  const grow = (bytes: number) => progress(1 - (1 - MASK_SHARE) * Math.exp(-bytes / (width * height)));
  const facts = await watchGrowth(path, grow, encodePicture(picture, profile, path, format, output));
  return { result: { ...facts, path }, mask, notes };
}
