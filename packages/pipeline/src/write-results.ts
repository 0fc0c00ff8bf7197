import { join } from 'node:path';
import {
  AppError,
  type Box,
  checkOutputSize,
  type FileFacts,
  type ImageLimits,
  type LintReport,
  outputFormat,
  type Pipeline,
  type StageFile,
  type StageReport,
  stageFile,
} from '@packshot/contracts';
import { matteBox } from './compose/matte-box';
import { encodeMask, encodePicture } from './image/encode';
import { encodePreview, smallCopy } from './image/preview';
import { watchGrowth } from './image/watch-growth';
import { judge } from './lint/judge';
import { observe } from './lint/observe';
import { createPace } from './pixels';
import { saveMask } from './prompt/former-mask';
import type { RunFile } from './report';
import type { Picture } from './stages/stage';
import { drawWatermark, WATERMARK_NOTE } from './watermark';

/** The share of encoding that the mask is taken to be. */
const MASK_SHARE = 0.2;
/** Of pictures between stages: large enough to judge an edge by, small enough not to cost what the result does. */
const STAGE_SIDE = 1600;
const STAGE_QUALITY = 85;

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

interface Written {
  result: RunFile;
  mask: RunFile | null;
  preview: RunFile | null;
  promptMask: RunFile | null;
  /** Where the product lies in the result. */
  subject: Box | null;
  lint: LintReport[];
  notes: string[];
}

/**
 * Writes `cutout.png`, the product as it was cut out, where that is wanted and there is one; the picture stays as it is.
 * @throws storage_error
 */
export async function writeCutout(
  picture: Picture,
  { profile, outputDir, pipeline, watermark }: Pick<WriteOptions, 'profile' | 'outputDir' | 'pipeline' | 'watermark'>,
): Promise<RunFile | null> {
  // With a watermark it would be drawn over the picture that is still to be composed; without one the product would be free.
  if (!pipeline.output.also.includes('cutout') || watermark || picture.alpha === null) return null;
  const path = join(outputDir, 'cutout.png');
  return { ...(await encodePicture(picture, profile, path, 'png', pipeline.output)), path };
}

/**
 * Writes `after-<stage>.webp`, the picture as the last of these stages has left it, at most 1600 pixels a side. Null where it is not
 * wanted, or the stage was skipped.
 * @throws storage_error, the signal's reason
 */
export async function writeStage(
  picture: Picture,
  before: readonly StageReport[],
  { outputDir, pipeline, watermark, signal }: Pick<WriteOptions, 'outputDir' | 'pipeline' | 'watermark' | 'signal'>,
): Promise<[StageFile, RunFile] | null> {
  const last = before.at(-1);
  if (last === undefined || last.skipped !== null || !pipeline.output.also.includes('stages')) return null;
  const small = await smallCopy(picture, STAGE_SIDE, createPace(signal));
  if (watermark) await drawWatermark(small, signal);
  const path = join(outputDir, `after-${last.name}.webp`);
  const facts = await encodePicture(small, null, path, 'webp', { ...pipeline.output, quality: STAGE_QUALITY });
  return [stageFile(last.name), { ...facts, path }];
}

/**
 * Writes `result.<ext>` and, where they are wanted and can be had, `mask.png`, `preview.jpg` and `prompt-mask.txt`. The picture is
 * used up.
 * @throws output_too_large, no_cut_out when the matte alone is wanted and there is none, storage_error, the signal's reason
 */
export async function writeResults(
  picture: Picture,
  { profile, outputDir, pipeline, watermark, limits, signal, progress }: WriteOptions,
): Promise<Written> {
  const { output } = pipeline;
  const { width, height } = picture.colour;
  const matte = picture.matte ?? picture.alpha;
  const onlyMatte = output.channels === 'alpha';
  const format = outputFormat(output, onlyMatte || picture.alpha !== null);
  checkOutputSize({ width, height }, format, limits);
  const pace = createPace(signal);
  const notes: string[] = [];
  if (picture.alpha !== null && format === 'jpeg' && !onlyMatte) {
    notes.push(`transparency was filled with ${output.background}`);
  }

  const subject = matte && (await matteBox(matte, { width, height }, pace));
  const write = async (name: string, encode: (path: string) => Promise<FileFacts>): Promise<RunFile> => {
    const path = join(outputDir, name);
    return { ...(await encode(path)), path };
  };
  const { promptMask: text } = picture;
  const promptMask = text === undefined ? null : await write('prompt-mask.txt', (path) => saveMask(text, path));
  let mask: RunFile | null = null;
  if (matte !== null && output.mask && (pipeline.background !== false || picture.matte !== undefined)) {
    mask = await write('mask.png', (path) => encodeMask(matte, picture.colour, path));
  }
  const seen = output.lint.length > 0 ? await observe(picture, subject, pace) : null;
  progress(MASK_SHARE);
  if (watermark) {
    await drawWatermark(picture, signal);
    notes.push(WATERMARK_NOTE);
  }
  const preview = output.also.includes('preview')
    ? await write('preview.jpg', (path) => encodePreview(picture, output.background, path, pace))
    : null;

  // How large the file becomes is not known: the nearer to a byte a pixel, the slower this rises, and it never stands still.
  const grow = (bytes: number) => progress(1 - (1 - MASK_SHARE) * Math.exp(-bytes / (width * height)));
  const result = await write(`result.${format === 'jpeg' ? 'jpg' : format}`, (path) =>
    watchGrowth(
      path,
      grow,
      onlyMatte
        ? encodeMask(requireMatte(matte), picture.colour, path, format, output.quality)
        : encodePicture(picture, profile, path, format, output),
    ),
  );
  const lint = seen === null ? [] : output.lint.map((marketplace) => judge(marketplace, seen, result));
  return { result, mask, preview, promptMask, subject, lint, notes };
}

function requireMatte(matte: Uint8Array | null): Uint8Array {
  if (matte === null) throw new AppError('no_cut_out', 'There is no matte: nothing was cut out.');
  return matte;
}
