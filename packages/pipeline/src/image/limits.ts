import { AppError, type ImageLimits, type OutputFormat } from '@packshot/contracts';

/** The longest side that each format's encoder takes. */
const FORMAT_SIDE: Record<OutputFormat, number> = { png: 2 ** 31 - 1, webp: 16_383, jpeg: 65_500, avif: 16_384 };

/** @throws image_too_large naming the figure and the limit */
export function checkInputSize(width: number, height: number, limits: ImageLimits): void {
  const side = Math.max(width, height);
  if (side > limits.maxInputSide) {
    throw new AppError('image_too_large', `A side has ${side} pixels; ${limits.maxInputSide} are allowed.`);
  }
  if (width * height > limits.maxInputPixels) {
    throw new AppError(
      'image_too_large',
      `The image has ${megapixels(width * height)} megapixels; ${megapixels(limits.maxInputPixels)} are allowed.`,
    );
  }
}

/** @throws output_too_large naming the figure and the limit */
export function checkOutputSize(width: number, height: number, format: OutputFormat, limits: ImageLimits): void {
  const side = Math.max(width, height);
  if (side > FORMAT_SIDE[format]) {
    throw new AppError(
      'output_too_large',
      `A side would have ${side} pixels; ${format} ends at ${FORMAT_SIDE[format]}.`,
    );
  }
  if (width * height > limits.maxOutputPixels) {
    throw new AppError(
      'output_too_large',
      `The result would have ${megapixels(width * height)} megapixels; ${megapixels(limits.maxOutputPixels)} are allowed.`,
    );
  }
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1).replace(/\.0$/, '');
}
