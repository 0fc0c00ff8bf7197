import type { Pace } from '../pace';
import type { ColourPlanes } from '../plane';
import type { Raster } from '../raster';
import { alphaToPlane, toPlanes, workingSize } from '../resize';
import { carryUp } from './carry-up';
import { UNKNOWN } from './trimap';
import { shrinkProblem } from './unknown-band';

type Triple = readonly [number, number, number];

/** How a matting network wants its four channels: colour (v * range - mean) / std with v in 0..1, the trimap 0..1. */
export interface MatteInput {
  range: number;
  mean: Triple;
  std: Triple;
  /** Both sides are padded right and bottom to it: colour with zeros before or after normalisation, trimap background. */
  multiple: number;
  pad: 'zero' | 'reflect';
  pad_after_normalisation: boolean;
  /** Longest side that enters. */
  most: number;
}

export interface MatteContext {
  pace: Pace;
  /** `data` is Float32 [1,4,height,width] and given away; the answer is alpha [1,1,height,width]. */
  run(data: Float32Array<ArrayBuffer>, height: number, width: number): Promise<Float32Array>;
  onReduced(scale: number): void;
}

/** The alpha of a photo by a network that takes picture and trimap, width * height bytes; known pixels as they are known. */
export async function runMatte(
  { photo, trimap }: { photo: Raster; trimap: Uint8Array },
  input: MatteInput,
  context: MatteContext,
): Promise<Uint8Array> {
  const { width, height } = workingSize(photo.width, photo.height, input.most);
  const reduced = width !== photo.width || height !== photo.height;
  if (reduced) context.onReduced(width / photo.width);
  const small = reduced
    ? await shrinkProblem(photo, trimap, width, height, context.pace)
    : { colour: await toPlanes(photo, width, height, context.pace), trimap };
  const [down, across] = [padded(height, input.multiple), padded(width, input.multiple)];
  const answer = await context.run(fourChannels(small.colour, small.trimap, input, down, across), down, across);
  const alpha = await alphaToPlane(small.trimap, { width, height }, width, height, context.pace);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (small.trimap[i] !== UNKNOWN) continue;
      alpha.data[i] = Math.min(1, Math.max(0, answer[y * across + x] as number));
    }
  }
  if (reduced) return carryUp(photo, small.colour, alpha, context.pace);
  return new Uint8Array(Uint8ClampedArray.from(alpha.data, (value) => value * 255).buffer);
}

function fourChannels(colour: ColourPlanes, trimap: Uint8Array, input: MatteInput, down: number, across: number) {
  const { width, height } = colour[0];
  const area = down * across;
  const data = new Float32Array(4 * area);
  const reflect = input.pad === 'reflect';
  for (let c = 0; c < 3; c++) {
    const [mean, std] = [input.mean[c] as number, input.std[c] as number];
    const plane = (colour[c] as ColourPlanes[0]).data;
    const padding = input.pad_after_normalisation ? 0 : -mean / std;
    for (let y = 0, to = c * area; y < down; y++) {
      for (let x = 0; x < across; x++, to++) {
        const inside = y < height && x < width;
        if (inside || reflect) {
          const value = plane[mirror(y, height) * width + mirror(x, width)] as number;
          data[to] = (value * input.range - mean) / std;
        } else data[to] = padding;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[3 * area + y * across + x] = (trimap[y * width + x] as number) / 255;
  }
  return data;
}

function mirror(at: number, length: number): number {
  if (at < length) return at;
  return Math.max(0, 2 * length - 2 - at);
}

function padded(side: number, multiple: number): number {
  return Math.ceil(side / multiple) * multiple;
}
