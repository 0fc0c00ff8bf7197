import type { Pipeline } from '@packshot/contracts';
import { createPace } from './pixels';
import { resampleBytes } from './pixels/resample';
import type { Picture } from './stages/stage';

/**
 * Makes a picture of more than `output.max_megapixels` smaller, before anything else is done to it. Gives the pipeline with
 * everything that points into the picture moved along.
 */
export async function shrinkPicture(picture: Picture, pipeline: Pipeline, signal: AbortSignal): Promise<Pipeline> {
  const { max_megapixels: most } = pipeline.output;
  const { colour, alpha } = picture;
  const { width, height } = colour;
  if (most === undefined || width * height <= most * 1e6) return pipeline;
  const factor = Math.sqrt((most * 1e6) / (width * height));
  const size = { width: Math.max(1, Math.floor(width * factor)), height: Math.max(1, Math.floor(height * factor)) };
  const pace = createPace(signal);
  const shrink = (bytes: Parameters<typeof resampleBytes>[0]) =>
    resampleBytes(bytes, size.width, size.height, 'lanczos', pace);
  picture.colour = { ...colour, ...size, data: await shrink(colour) };
  if (alpha !== null) picture.alpha = await shrink({ width, height, channels: 1, data: alpha });
  return movePointers(pipeline, { x: size.width / width, y: size.height / height });
}

interface Factors {
  x: number;
  y: number;
}

function movePointers(pipeline: Pipeline, factors: Factors): Pipeline {
  const { background, shadow } = pipeline;
  return {
    ...pipeline,
    background: background && {
      ...background,
      ...(background.prompt && { prompt: movePrompt(background.prompt, factors) }),
      ...(background.region && { region: moveRegion(background.region, factors) }),
    },
    shadow: shadow && {
      ...shadow,
      ...(typeof shadow.mask === 'object' && { mask: movePrompt(shadow.mask, factors) }),
    },
  };
}

interface Pointers {
  points: [number, number, 0 | 1][];
  boxes: [number, number, number, number][];
}

function movePrompt<T extends Pointers>(prompt: T, { x, y }: Factors): T {
  return {
    ...prompt,
    points: prompt.points.map(([left, top, label]) => [left * x, top * y, label]),
    boxes: prompt.boxes.map(([left, top, right, bottom]) => [left * x, top * y, right * x, bottom * y]),
  };
}

function moveRegion<R extends Record<'left' | 'top' | 'right' | 'bottom', number | string>>(
  { left, top, right, bottom }: R,
  { x, y }: Factors,
) {
  // Shares stay what they are.
  const move = (edge: number | string, factor: number) => (typeof edge === 'number' ? Math.round(edge * factor) : edge);
  return { left: move(left, x), top: move(top, y), right: move(right, x), bottom: move(bottom, y) };
}
