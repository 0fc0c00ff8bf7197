import { AppError, type ImageLimits, type InputFacts, type OutputFormat, type Pipeline } from '@packshot/contracts';

/** The longest side that a format, or the encoder for it, can hold. */
const FORMAT_SIDE: Record<OutputFormat, number> = { png: 2 ** 31 - 1, webp: 16_383, jpeg: 65_535, avif: 16_384 };

/** Throws `output_too_large` when the input's size is known and the pipeline would make too large a result of it. */
export function checkOutputSize(input: Partial<InputFacts>, pipeline: Pipeline, limits: ImageLimits): void {
  if (!input.width || !input.height) return;
  const scale = pipeline.upscale ? pipeline.upscale.scale : 1;
  const [width, height] = [input.width * scale, input.height * scale];
  const format = outputFormat(pipeline);
  const side = Math.max(width, height);
  if (format && side > FORMAT_SIDE[format]) {
    const ends = `${format} ends at ${FORMAT_SIDE[format]}.`;
    throw new AppError('output_too_large', `A side of the result would have ${side} pixels; ${ends}`);
  }
  if (width * height > limits.maxOutputPixels) {
    const [would, may] = [width * height, limits.maxOutputPixels].map((pixels) => (pixels / 1e6).toFixed(1));
    throw new AppError('output_too_large', `The result would have ${would} megapixels; ${may} are allowed.`);
  }
}

/** `auto` becomes PNG when there is transparency, which is not known before the stages ran if nothing makes it. */
function outputFormat({ output, background }: Pipeline): OutputFormat | null {
  if (output.format !== 'auto') return output.format;
  return background ? 'png' : null;
}
