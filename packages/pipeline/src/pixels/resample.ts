import type { Pace } from './pace';

/** Tests run where a global is looked up slowly, and this is asked for every sample. */
const { floor } = Math;

/** Filters by their usual names. `bicubic` is the one with a = -0.5. */
export type ResampleFilter = 'bilinear' | 'bicubic' | 'lanczos';

interface Kernel {
  /** Reach in source pixels when an axis grows. */
  support: number;
  weight(distance: number): number;
}

const KERNELS: Record<ResampleFilter, Kernel> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

interface Bytes {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
}

/**
 * 8-bit samples at another size, as the Python imaging libraries of the field resize: pixel centres at halves, the filter
 * widened where an axis shrinks (antialias), weights at a border made to sum to one, first across and then down, rounded
 * to 8 bits after each. Models were trained on pictures made so.
 */
export async function resampleBytes(
  source: Bytes,
  width: number,
  height: number,
  filter: ResampleFilter,
  pace: Pace,
): Promise<Uint8Array> {
  const { channels } = source;
  const wide =
    width === source.width ? source.data : await across(source, filterTaps(source.width, width, filter), width, pace);
  if (height === source.height) return wide === source.data ? Uint8Array.from(wide) : wide;
  return down(wide, width * channels, filterTaps(source.height, height, filter), height, pace);
}

export interface Taps {
  first: Int32Array;
  /** The weights of output i are weights[i * most] and the `count[i]` from there. */
  count: Int32Array;
  most: number;
  weights: Float64Array;
}

/** The taps of one axis by one of the filters. */
export function filterTaps(from: number, to: number, filter: ResampleFilter): Taps {
  return axisTaps(from, to, KERNELS[filter]);
}

function axisTaps(from: number, to: number, { support, weight }: Kernel): Taps {
  const ratio = from / to;
  const widened = Math.max(1, ratio);
  const reach = support * widened;
  const most = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * most);
  for (let o = 0; o < to; o++) {
    const centre = (o + 0.5) * ratio;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    let sum = 0;
    for (let i = start; i < end; i++) sum += weights[o * most + i - start] = weight((i - centre + 0.5) / widened);
    for (let i = 0; i < end - start; i++) weights[o * most + i] = inSteps((weights[o * most + i] as number) / sum);
    first[o] = start;
    count[o] = end - start;
  }
  return { first, count, most, weights };
}

/**
 * A weight in steps of 2^-22, as those libraries hold it. Sums are then exact, and what lies halfway between two bytes goes
 * the same way as there; that is one pixel in sixty where sides are in simple ratios.
 */
function inSteps(weight: number): number {
  return Math.sign(weight) * (Math.floor(Math.abs(weight) * 2 ** 22 + 0.5) / 2 ** 22);
}

async function across(
  { data, width, height, channels }: Bytes,
  { first, count, most, weights }: Taps,
  to: number,
  pace: Pace,
): Promise<Uint8Array> {
  const out = new Uint8Array(to * height * channels);
  const clamped = new Uint8ClampedArray(out.buffer);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const origin = (y * width + (first[x] as number)) * channels;
      for (let channel = 0; channel < channels; channel++, at++) {
        let sum = 0;
        for (let tap = 0; tap < (count[x] as number); tap++) {
          sum += (weights[x * most + tap] as number) * (data[origin + tap * channels + channel] as number);
        }
        clamped[at] = floor(sum + 0.5);
      }
    }
    await pace();
  }
  return out;
}

async function down(
  data: Uint8Array,
  stride: number,
  { first, count, most, weights }: Taps,
  to: number,
  pace: Pace,
): Promise<Uint8Array> {
  const out = new Uint8Array(to * stride);
  const clamped = new Uint8ClampedArray(out.buffer);
  const sums = new Float64Array(stride);
  for (let y = 0; y < to; y++) {
    sums.fill(0.5);
    for (let tap = 0; tap < (count[y] as number); tap++) {
      const weight = weights[y * most + tap] as number;
      const line = ((first[y] as number) + tap) * stride;
      for (let i = 0; i < stride; i++) sums[i] = (sums[i] as number) + weight * (data[line + i] as number);
    }
    for (let i = 0; i < stride; i++) clamped[y * stride + i] = floor(sums[i] as number);
    await pace();
  }
  return out;
}

function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
