import { createHash } from 'node:crypto';
import { AppError } from '@packshot/contracts';
import { type FittingChange, fitPicture } from '../models/fit-picture';
import { runGraph } from '../models/graph';
import { type Network, whereItFits } from '../models/network';
import type { Pace, Raster } from '../pixels';
import type { Tensor } from '../runtime/session';

/** What an encoder makes of a photo: Float32 tensors, in the order of its record. Every prompt on that photo reads it. */
export type Embedding = readonly Tensor[];

/**
 * The name of a photo's embedding: SHA-256 of the model and the way it is given pictures, and of the pixels, not of the file: a photo that was denoised first
 * is another one.
 */
export async function embeddingName(
  { record, sha256 }: Pick<Network, 'record' | 'sha256'>,
  colour: Raster,
  change: FittingChange,
  pace: Pace,
): Promise<string> {
  // The graph's file may leave its numbers to others beside it, which only the id tells apart.
  const way = change.resample === undefined ? '' : ` ${change.resample}`;
  const model = createHash('sha256').update(`${record.id} ${sha256}${way}`).digest('hex');
  const { width, height, channels, data } = colour;
  const pixels = createHash('sha256').update(`${width} ${height} ${channels} `);
  for (let y = 0, stride = width * channels; y < height; y++) {
    pixels.update(data.subarray(y * stride, (y + 1) * stride));
    await pace();
  }
  return `${model}-${pixels.digest('hex')}`;
}

/** The size that photos are squashed to; prompts are given to the decoder in its pixels. */
export function frameOf({ record }: Pick<Network, 'record'>): { width: number; height: number } {
  const { id, size } = record;
  if (size?.policy !== 'stretch') throw new AppError('model_mismatch', `The model ${id} does not squash photos.`);
  return size;
}

/** Runs the encoder. @throws out_of_memory, model_mismatch */
export function encode(network: Network, colour: Raster, change: FittingChange, pace: Pace): Promise<Embedding> {
  return whereItFits(network, async ({ record, graphs }) => {
    if (graphs.encoder === undefined) throw new AppError('model_mismatch', `The model ${record.id} has no encoder.`);
    const { tensor } = await fitPicture(record, colour, pace, change);
    return runGraph(record.id, graphs.encoder, [tensor]);
  });
}
