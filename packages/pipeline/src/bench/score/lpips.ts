import type { Inference } from '../../runtime/inference';
import type { FloatPicture } from './picture-measures';

export const NOT_AVAILABLE = null;

/** Learned perceptual distance of two pictures of one size, 0 for the same; `null` where its network is not installed. */
export type Lpips = (output: FloatPicture, truth: FloatPicture) => Promise<number | null>;

/**
 * LPIPS (Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", 2018) by an ONNX file of the
 * network that its authors publish: two pictures float32 [1,3,H,W] in -1..1 enter, their distance leaves first. Packshot
 * ships none; without a file every distance is not available.
 */
export async function openLpips(inference: Inference, path: string | undefined): Promise<Lpips> {
  if (path === undefined) return async () => NOT_AVAILABLE;
  const { graph, session } = await inference.load('lpips', path);
  const [first, second] = graph.inputs;
  const distance = graph.outputs[0];
  if (first === undefined || second === undefined || distance === undefined) {
    throw new Error(`${path} does not take two pictures and answer a distance`);
  }
  return async (output, truth) => {
    const answer = await session.run({ [first.name]: tensorOf(output), [second.name]: tensorOf(truth) }, [
      distance.name,
    ]);
    return Number(answer[distance.name]?.data[0]);
  };
}

function tensorOf({ width, height, data }: FloatPicture) {
  return { data: data.map((value) => Math.min(1, Math.max(0, value)) * 2 - 1), dims: [1, 3, height, width] };
}
