import { planSpans, reflect, type Span } from '../../tile/windows';
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
  /** Longest side that is worked at. */
  most: number;
  /** Cut into tiles of this side that see `overlap` pixels of their neighbours; those with nothing open are left out. */
  tiles?: { side: number; overlap: number } | undefined;
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
  const alpha = await alphaToPlane(small.trimap, { width, height }, width, height, context.pace);
  for (const y of spans(height, input)) {
    for (const x of spans(width, input)) {
      if (!holdsUnknown(small.trimap, width, x, y)) continue;
      const answer = await context.run(fourChannels(small.colour, small.trimap, input, x, y), y.length, x.length);
      for (let row = y.from; row < y.to; row++) {
        for (let column = x.from, i = row * width + column; column < x.to; column++, i++) {
          if (small.trimap[i] !== UNKNOWN) continue;
          const value = answer[(row - y.start) * x.length + column - x.start] as number;
          alpha.data[i] = Math.min(1, Math.max(0, value));
        }
      }
      await context.pace();
    }
  }
  if (reduced) return carryUp(photo, small.colour, alpha, context.pace);
  return new Uint8Array(Uint8ClampedArray.from(alpha.data, (value) => value * 255).buffer);
}

function spans(length: number, { multiple, tiles }: MatteInput): Span[] {
  if (tiles !== undefined) return planSpans(length, { tile: tiles.side, overlap: tiles.overlap, multiple }, 0);
  return [{ start: 0, length: Math.ceil(length / multiple) * multiple, from: 0, to: length }];
}

/** Whether the part that is kept of a tile has an open pixel. */
function holdsUnknown(trimap: Uint8Array, width: number, x: Span, y: Span): boolean {
  for (let row = y.from; row < y.to; row++) {
    if (trimap.subarray(row * width + x.from, row * width + x.to).includes(UNKNOWN)) return true;
  }
  return false;
}

function fourChannels(colour: ColourPlanes, trimap: Uint8Array, input: MatteInput, x: Span, y: Span) {
  const { width, height } = colour[0];
  const area = y.length * x.length;
  const data = new Float32Array(4 * area);
  const mirrored = input.pad === 'reflect';
  for (let c = 0; c < 3; c++) {
    const [mean, std] = [input.mean[c] as number, input.std[c] as number];
    const plane = (colour[c] as ColourPlanes[0]).data;
    const padding = input.pad_after_normalisation ? 0 : -mean / std;
    for (let row = y.start, to = c * area; row < y.start + y.length; row++) {
      for (let column = x.start; column < x.start + x.length; column++, to++) {
        const inside = row < height && column < width;
        if (inside || mirrored) {
          const value = plane[reflect(row, height) * width + reflect(column, width)] as number;
          data[to] = (value * input.range - mean) / std;
        } else data[to] = padding;
      }
    }
  }
  const [right, bottom] = [Math.min(width, x.start + x.length), Math.min(height, y.start + y.length)];
  for (let row = y.start; row < bottom; row++) {
    let to = 3 * area + (row - y.start) * x.length;
    for (let i = row * width + x.start; i < row * width + right; i++) data[to++] = (trimap[i] as number) / 255;
  }
  return data;
}
