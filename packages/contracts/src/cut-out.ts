import type { BackgroundImage } from './compose';
import { AppError } from './errors';
import type { Pipeline } from './operations';

/** Formats whose pictures are opaque, whatever they show. */
const OPAQUE = ['image/jpeg'];

/**
 * What is composed must be cut out by the pipeline, or come with transparency; as far as can be told by the file's type.
 * @throws no_cut_out
 */
export function checkCutOut(contentType: string | null | undefined, { compose, background }: Pipeline): void {
  if (!compose || compose.when === 'auto' || background !== false) return;
  if (contentType && OPAQUE.includes(contentType)) throw new AppError('no_cut_out');
}

/** The image that a pipeline composes before. */
export function backgroundImage({ compose }: Pipeline): BackgroundImage | null {
  if (!compose || typeof compose.background === 'string' || !('image' in compose.background)) return null;
  return compose.background.image;
}

/** The same pipeline with another image to compose before. */
export function withBackgroundImage(pipeline: Pipeline, image: BackgroundImage): Pipeline {
  const { compose } = pipeline;
  if (!compose || typeof compose.background === 'string' || !('image' in compose.background)) return pipeline;
  return { ...pipeline, compose: { ...compose, background: { ...compose.background, image } } };
}
