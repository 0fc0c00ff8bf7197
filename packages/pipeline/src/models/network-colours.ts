import { createPlane } from '../pixels';
import type { ColourPlanes } from '../pixels/plane';
import type { Tensor } from '../runtime/session';
import { pictureInput } from './network';
import type { ModelRecord } from './record';

interface Size {
  width: number;
  height: number;
}

/** The part of a picture's tensor that shows it, in colours 0..1 again. */
export function toColours(record: ModelRecord, tensor: Tensor, content: Size): ColourPlanes {
  const { range, mean, std } = pictureInput(record);
  return cropColours(
    tensor,
    content,
    (value, channel) => (value * (std[channel] as number) + (mean[channel] as number)) / range,
  );
}

/** The part of a three-channel tensor that shows the picture, each value changed. */
export function cropColours(
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
