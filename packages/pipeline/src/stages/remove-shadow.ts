import { fitPicture } from '../models/fit-picture';
import { type Network, pictureInput, runNetwork } from '../models/network';
import { cropColours, toColours } from '../models/network-colours';
import { createPace, type Plane, type Raster } from '../pixels';
import { applyColourGain, measureGain } from '../pixels/colour-gain';
import { resizePlane } from '../pixels/resize';
import { featherShadow } from '../pixels/shadow-mask';
import type { Tensor } from '../runtime/session';
import { reflect } from '../tile/windows';

interface Size {
  width: number;
  height: number;
}

/**
 * Lets a network take the shadows of a mask out of the photo, in place. It works at its own, small size; what it changed is
 * carried to the photo as smooth factors, so the photo keeps its detail and what is not marked stays as it is.
 * @throws out_of_memory, model_mismatch, the signal's reason
 */
export async function removeShadow(
  network: Network,
  colour: Raster,
  mask: Plane,
  { strength, signal }: { strength: number; signal: AbortSignal },
): Promise<void> {
  const pace = createPace(signal);
  const { tensor, content } = await fitPicture(network.record, colour, pace);
  const [, , height = 0, width = 0] = tensor.dims;
  const before = toColours(network.record, tensor, content);
  const marked = featherShadow(threshold(resizePlane(mask, content.width, content.height)));
  const inputs = network.record.graphs.main?.inputs ?? [];
  const answer = await runNetwork(
    network,
    inputs.map(({ role }) => (role === 'mask' ? maskTensor(marked, { width, height }) : tensor)),
  );
  const { range } = pictureInput(network.record);
  const after = cropColours(answer, content, (value) => value / range);
  await applyColourGain(colour, measureGain(before, after, marked), strength, pace);
}

function threshold(mask: Plane): Plane {
  return { ...mask, data: mask.data.map((value) => (value > 0.5 ? 1 : 0)) };
}

/** The mask as it is, and mirrored beyond the content as the picture is: [1,1,H,W]. */
function maskTensor(mask: Plane, { width, height }: Size): Tensor {
  const data = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = reflect(y, mask.height) * mask.width;
    for (let x = 0; x < width; x++, at++) data[at] = mask.data[row + reflect(x, mask.width)] as number;
  }
  return { data, dims: [1, 1, height, width] };
}
