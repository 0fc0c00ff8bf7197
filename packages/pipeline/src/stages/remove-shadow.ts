import { fitPicture } from '../models/fit-picture';
import { type Network, pictureInput, runNetwork } from '../models/network';
import { createPace, createPlane, type Plane, type Raster } from '../pixels';
import { applyColourGain, measureGain } from '../pixels/colour-gain';
import type { ColourPlanes } from '../pixels/plane';
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
  const before = toColours(network, tensor, content);
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

/** What the network sees, in colours 0..1 again. */
function toColours({ record }: Network, tensor: Tensor, content: Size): ColourPlanes {
  const { range, mean, std } = pictureInput(record);
  return cropColours(
    tensor,
    content,
    (value, channel) => (value * (std[channel] as number) + (mean[channel] as number)) / range,
  );
}

function cropColours(
  { data, dims }: Tensor,
  content: Size,
  change: (value: number, channel: number) => number,
): ColourPlanes {
  const [, , height = 0, width = 0] = dims;
  return [0, 1, 2].map((channel) => {
    const plane = createPlane(content.width, content.height);
    for (let y = 0, at = 0; y < content.height; y++) {
      const row = (channel * height + y) * width;
      for (let x = 0; x < content.width; x++, at++) plane.data[at] = change(data[row + x] as number, channel);
    }
    return plane;
  }) as unknown as ColourPlanes;
}
