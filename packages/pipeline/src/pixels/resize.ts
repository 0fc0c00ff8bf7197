import type { Pace } from './pace';
import { type ColourPlanes, createPlane, type Plane } from './plane';
import type { Raster } from './raster';
import { createRowSampler } from './row-sampler';

interface Size {
  width: number;
  height: number;
}

/** The size that fits a long side, aspect kept, at least 1x1; never larger than the input. */
export function workingSize(width: number, height: number, longSide: number): Size {
  const scale = Math.min(1, longSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * Resamples an RGB (or grey, then repeated) raster to three planes, 0..1, aspect free. Shrinking averages the covered
 * area with fractional ends (what OpenCV calls INTER_AREA); an axis that grows is sampled bilinearly at half-pixel
 * centres. Rows are streamed: beyond the result it needs one row of floats.
 */
export async function toPlanes(raster: Raster, width: number, height: number, pace: Pace): Promise<ColourPlanes> {
  const red = createPlane(width, height);
  const green = createPlane(width, height);
  const blue = createPlane(width, height);
  const { channels } = raster;
  await resample(raster, raster.data, channels, { width, height }, pace, (row, y) => {
    for (let x = 0, from = 0, to = y * width; x < width; x++, from += channels, to++) {
      red.data[to] = row[from] as number;
      green.data[to] = row[channels === 3 ? from + 1 : from] as number;
      blue.data[to] = row[channels === 3 ? from + 2 : from] as number;
    }
  });
  return [red, green, blue];
}

/** The same for one 8-bit channel (an alpha): a plane 0..1. */
export async function alphaToPlane(
  alpha: Uint8Array,
  from: Size,
  width: number,
  height: number,
  pace: Pace,
): Promise<Plane> {
  const plane = createPlane(width, height);
  await resample(from, alpha, 1, { width, height }, pace, (row, y) => plane.data.set(row, y * width));
  return plane;
}

/** Bilinear resampling of a plane at half-pixel centres, edges repeated (OpenCV's INTER_LINEAR). */
export function resizePlane(plane: Plane, width: number, height: number): Plane {
  const resized = createPlane(width, height);
  const sampleRow = createRowSampler([plane], width, height);
  for (let y = 0; y < height; y++) resized.data.set(sampleRow(y)[0] as Float32Array, y * width);
  return resized;
}

/** Rows of the result, interleaved like the input and scaled to 0..1, one after the other; the row array is reused. */
async function resample(
  from: Size,
  data: Uint8Array,
  channels: number,
  to: Size,
  pace: Pace,
  onRow: (row: Float32Array, y: number) => void,
): Promise<void> {
  const across = axisWeights(from.width, to.width);
  const down = axisWeights(from.height, to.height);
  const stride = from.width * channels;
  const column = new Float32Array(stride);
  const row = new Float32Array(to.width * channels);
  for (let y = 0; y < to.height; y++) {
    // Down first: one multiplication for each source byte, in memory order.
    column.fill(0);
    for (let tap = down.first[y] as number; tap < (down.first[y + 1] as number); tap++) {
      const weight = (down.weight[tap] as number) / 255;
      const offset = (down.source[tap] as number) * stride;
      for (let i = 0; i < stride; i++) column[i] = (column[i] as number) + weight * (data[offset + i] as number);
    }
    row.fill(0);
    for (let x = 0; x < to.width; x++) {
      for (let tap = across.first[x] as number; tap < (across.first[x + 1] as number); tap++) {
        const weight = across.weight[tap] as number;
        const source = (across.source[tap] as number) * channels;
        for (let c = 0, at = x * channels; c < channels; c++, at++) {
          row[at] = (row[at] as number) + weight * (column[source + c] as number);
        }
      }
    }
    onRow(row, y);
    await pace();
  }
}

interface AxisWeights {
  /** The taps of output i are first[i] .. first[i + 1] - 1. */
  first: Int32Array;
  source: Int32Array;
  weight: Float32Array;
}

function axisWeights(from: number, to: number): AxisWeights {
  const scale = from / to;
  const first = new Int32Array(to + 1);
  const source: number[] = [];
  const weight: number[] = [];
  for (let o = 0; o < to; o++) {
    first[o] = source.length;
    if (scale >= 1) {
      const start = o * scale;
      const end = Math.min(from, start + scale);
      for (let i = Math.floor(start); i < end; i++) {
        const covered = Math.min(i + 1, end) - Math.max(i, start);
        if (covered <= 1e-6) continue;
        source.push(Math.min(i, from - 1));
        weight.push(covered / (end - start));
      }
    } else {
      const centre = Math.min(from - 1, Math.max(0, (o + 0.5) * scale - 0.5));
      const low = Math.floor(centre);
      source.push(low, Math.min(from - 1, low + 1));
      weight.push(1 - (centre - low), centre - low);
    }
  }
  first[to] = source.length;
  return { first, source: Int32Array.from(source), weight: Float32Array.from(weight) };
}
