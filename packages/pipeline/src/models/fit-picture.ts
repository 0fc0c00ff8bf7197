import { affineResize } from '../image/affine-resize';
import type { Pace, Plane, Raster } from '../pixels';
import { type ResampleFilter, resampleBytes } from '../pixels/resample';
import { toPlanes, workingSize } from '../pixels/resize';
import type { Tensor } from '../runtime/session';
import { reflect } from '../tile/windows';
import { pictureInput } from './network';
import type { GraphInput, ModelRecord, SizePolicy } from './record';

/** A whole picture as a graph takes it. */
export interface FittedPicture {
  /** Float32 NCHW [1,3,H,W], normalised. */
  tensor: Tensor;
  /** The part of the tensor, from its top left, that shows the picture; the rest is padding. */
  content: { width: number; height: number };
}

/** What may take the place of the record's own way: other implementations of the field prepare pictures otherwise. */
export interface FittingChange {
  resample?: ResampleFilter | 'affine';
  divideByMax?: boolean;
}

/** Prepares a picture by its record's size policy and normalisation. For models that see the picture at once. */
export async function fitPicture(
  record: ModelRecord,
  colour: Raster,
  pace: Pace,
  change: FittingChange = {},
): Promise<FittedPicture> {
  const { size } = record;
  if (size === undefined || size.policy === 'tile') throw new Error(`${record.id} is not a network for whole pictures`);
  const input = pictureInput(record);
  const { content, whole } = measure(size, colour);
  const filter = change.resample ?? ('resample' in size ? size.resample : 'area');
  const planes = await samples(colour, content, filter, pace);
  const largest = (change.divideByMax ?? input.divide_by_max) ? Math.max(greatest(planes), 1e-6) : 1;
  const pad = 'pad' in size ? size.pad : 'zero';
  const padFirst = size.policy === 'multiple' && !size.pad_after_normalisation;
  const data = new Float32Array(3 * whole.width * whole.height);
  planes.forEach((plane, channel) => {
    const normalise = normaliser(input, channel, largest);
    const target = data.subarray(channel * whole.width * whole.height, (channel + 1) * whole.width * whole.height);
    place(plane, content, whole, target, pad === 'zero' ? (padFirst ? normalise(0) : 0) : null, normalise);
  });
  return { tensor: { data, dims: [1, 3, whole.height, whole.width] }, content };
}

/** The part of a graph's one-channel answer that shows the picture. */
export function cropAnswer({ data, dims }: Tensor, content: { width: number; height: number }): Plane {
  const width = dims.at(-1) ?? 0;
  if (width === content.width && data.length === content.width * content.height) return { ...content, data };
  const cropped = new Float32Array(content.width * content.height);
  for (let y = 0; y < content.height; y++) {
    cropped.set(data.subarray(y * width, y * width + content.width), y * content.width);
  }
  return { ...content, data: cropped };
}

type Side = { width: number; height: number };

function measure(
  size: Exclude<SizePolicy, { policy: 'tile' }>,
  { width, height }: Side,
): { content: Side; whole: Side } {
  if (size.policy === 'native') return { content: { width, height }, whole: { width, height } };
  if (size.policy === 'stretch') return { content: size, whole: size };
  if (size.policy === 'letterbox') {
    const scale = Math.min(size.width / width, size.height / height);
    const fit = (side: number, most: number) => Math.min(most, Math.max(1, Math.round(side * scale)));
    return { content: { width: fit(width, size.width), height: fit(height, size.height) }, whole: size };
  }
  const content = workingSize(width, height, size.most);
  const up = (side: number) => Math.ceil(side / size.multiple) * size.multiple;
  return { content, whole: { width: up(content.width), height: up(content.height) } };
}

/** Three planes, 0..1. */
async function samples(
  colour: Raster,
  { width, height }: Side,
  filter: ResampleFilter | 'area' | 'affine',
  pace: Pace,
): Promise<Float32Array[]> {
  if (filter === 'area') return (await toPlanes(colour, width, height, pace)).map(({ data }) => data);
  const bytes =
    filter === 'affine'
      ? await affineResize(colour, width, height)
      : await resampleBytes(colour, width, height, filter, pace);
  const { channels } = colour;
  return [0, 1, 2].map((channel) => {
    const from = channels === 3 ? channel : 0;
    return Float32Array.from({ length: width * height }, (_, i) => (bytes[i * channels + from] as number) / 255);
  });
}

function normaliser({ range, mean, std }: GraphInput, channel: number, largest: number): (value: number) => number {
  const [shift, divisor] = [mean[channel] as number, std[channel] as number];
  return (value) => ((value / largest) * range - shift) / divisor;
}

/** `fill`: the value of the padding; null mirrors the picture. */
function place(
  plane: Float32Array,
  content: Side,
  whole: Side,
  target: Float32Array,
  fill: number | null,
  normalise: (value: number) => number,
): void {
  for (let y = 0, at = 0; y < whole.height; y++) {
    const row = reflect(y, content.height) * content.width;
    for (let x = 0; x < whole.width; x++, at++) {
      const padding = x >= content.width || y >= content.height;
      if (padding && fill !== null) target[at] = fill;
      else target[at] = normalise(plane[row + (padding ? reflect(x, content.width) : x)] as number);
    }
  }
}

function greatest(planes: readonly Float32Array[]): number {
  let most = 0;
  for (const plane of planes) for (const value of plane) if (value > most) most = value;
  return most;
}
