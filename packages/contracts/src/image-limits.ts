import { AppError } from './errors';
import type { ImageLimits } from './limits';
import type { OutputFormat, Pipeline } from './operations';

/** The longest side that each format, or the encoder for it, can hold. */
const FORMAT_SIDE: Record<OutputFormat, number> = {
  png: 2 ** 31 - 1,
  webp: 16_383,
  jpeg: 65_500,
  avif: 16_384,
  tiff: 2 ** 31 - 1,
  // Of the JPEG inside.
  zip: 65_500,
};

export interface ImageSize {
  width: number;
  height: number;
}

/** @throws image_too_large naming the figure and the limit */
export function checkInputSize({ width, height }: ImageSize, limits: ImageLimits): void {
  const side = Math.max(width, height);
  if (side > limits.maxInputSide) {
    throw new AppError('image_too_large', `A side has ${side} pixels; ${limits.maxInputSide} are allowed.`);
  }
  const pixels = width * height;
  if (pixels > limits.maxInputPixels) {
    const [has, may] = [pixels, limits.maxInputPixels].map(megapixels);
    throw new AppError('image_too_large', `The image has ${has} megapixels; ${may} are allowed.`);
  }
}

/** @throws output_too_large naming the figure and the limit */
export function checkOutputSize({ width, height }: ImageSize, format: OutputFormat, limits: ImageLimits): void {
  const side = Math.max(width, height);
  if (side > FORMAT_SIDE[format]) {
    const ends = `${format} ends at ${FORMAT_SIDE[format]}.`;
    throw new AppError('output_too_large', `A side of the result would have ${side} pixels; ${ends}`);
  }
  const pixels = width * height;
  if (pixels > limits.maxOutputPixels) {
    const [would, may] = [pixels, limits.maxOutputPixels].map(megapixels);
    throw new AppError('output_too_large', `The result would have ${would} megapixels; ${may} are allowed.`);
  }
}

/** The format of a result: `auto` is PNG where there is transparency, else JPEG. */
export function outputFormat(output: Pipeline['output'], transparent: boolean): OutputFormat {
  if (output.format !== 'auto') return output.format;
  return transparent ? 'png' : 'jpeg';
}

/**
 * What can be told of the result before any work. Under `auto` the enlargement may turn out not to be needed, and whether
 * the result is transparent is not known, so PNG stands in for it; both are checked again before encoding. A canvas whose sides
 * are not both given is checked when they are known.
 * @throws output_too_large
 */
export function checkPlannedOutput({ width, height }: ImageSize, pipeline: Pipeline, limits: ImageLimits): void {
  const { output, upscale, compose } = pipeline;
  const scale = upscale === false || upscale.when === 'auto' ? 1 : upscale.scale;
  const format = outputFormat(output, true);
  const canvas = compose ? compose.canvas : {};
  const fixed = canvas.width !== undefined || canvas.height !== undefined;
  checkOutputSize({ width: width * scale, height: height * scale }, fixed ? 'png' : format, limits);
  if (canvas.width !== undefined && canvas.height !== undefined) {
    checkOutputSize({ width: canvas.width, height: canvas.height }, format, limits);
  }
}

const megapixels = (pixels: number) => (pixels / 1e6).toFixed(1).replace(/\.0$/, '');
