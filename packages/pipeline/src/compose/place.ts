import type { Box } from '@packshot/contracts';
import { createRaster, type Pace, type Raster } from '../pixels';
import { filterTaps, type Taps } from '../pixels/resample';
import type { Layout } from './layout';

/** Colours and matte on a canvas; `matte` is width * height bytes. */
export interface Placed {
  colour: Raster;
  matte: Uint8Array;
}

/**
 * Lays a part of a picture on a canvas, resampled (Lanczos) where its size changes; what lies beyond the canvas is cut off. Where
 * nothing changes, the picture itself is given back. Beside both pictures it needs a few rows of floats.
 */
export async function place(colour: Raster, matte: Uint8Array, layout: Layout, pace: Pace): Promise<Placed> {
  const { canvas, source, placed } = layout;
  const same = source.width === placed.width && source.height === placed.height;
  if (same && source.width === colour.width && source.height === colour.height && covers(placed, canvas)) {
    return { colour, matte };
  }
  const sheet = {
    colour: createRaster(canvas.width, canvas.height, 3),
    matte: new Uint8Array(canvas.width * canvas.height),
  };
  const row = same ? copiedRows(colour, matte, source) : resampledRows(colour, matte, source, placed);
  const last = Math.min(placed.height, canvas.height - placed.top);
  // Rows above the canvas are asked for as well: a row is made from those before it.
  for (let y = 0; y < last; y++) {
    const made = row(y);
    if (placed.top + y >= 0) writeRow(sheet, made, placed.left, placed.top + y);
    await pace();
  }
  return sheet;
}

function covers({ left, top, width, height }: Box, canvas: { width: number; height: number }): boolean {
  return left === 0 && top === 0 && width === canvas.width && height === canvas.height;
}

/** One row of the placed picture: colours three bytes a pixel, and the matte. */
interface Row {
  colour: Uint8Array;
  matte: Uint8Array;
}

function writeRow({ colour, matte }: Placed, row: Row, left: number, y: number): void {
  const from = Math.max(0, -left);
  const to = Math.min(row.matte.length, colour.width - left);
  if (to <= from) return;
  const at = y * colour.width + left + from;
  matte.set(row.matte.subarray(from, to), at);
  colour.data.set(row.colour.subarray(3 * from, 3 * to), 3 * at);
}

function copiedRows({ width, data }: Raster, matte: Uint8Array, { left, top, width: wide }: Box): (y: number) => Row {
  return (y) => {
    const from = (top + y) * width + left;
    return { colour: data.subarray(3 * from, 3 * (from + wide)), matte: matte.subarray(from, from + wide) };
  };
}

/** Rows in their order; the arrays are used again. Colours are weighed with the matte, so that what it hides bleeds into nothing. */
function resampledRows(colour: Raster, matte: Uint8Array, source: Box, to: Box): (y: number) => Row {
  const across = filterTaps(source.width, to.width, 'lanczos');
  const down = filterTaps(source.height, to.height, 'lanczos');
  // Rows of the source at their new width, weighed: red, green, blue, matte. Row i lies in slot i modulo the slots.
  const slots = Array.from({ length: down.most }, () => new Float32Array(4 * to.width));
  const sum = new Float32Array(4 * to.width);
  const row = { colour: new Uint8Array(3 * to.width), matte: new Uint8Array(to.width) };
  let ready = 0;
  return (y) => {
    const first = down.first[y] as number;
    const end = first + (down.count[y] as number);
    for (; ready < end; ready++) {
      const slot = slots[ready % slots.length] as Float32Array;
      stretchRow(colour, matte, (source.top + ready) * colour.width + source.left, across, slot);
    }
    sum.fill(0);
    for (let i = first; i < end; i++) {
      const weight = down.weights[y * down.most + i - first] as number;
      const slot = slots[i % slots.length] as Float32Array;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + weight * (slot[k] as number);
    }
    weighOut(sum, row);
    return row;
  };
}

function stretchRow({ data }: Raster, matte: Uint8Array, from: number, taps: Taps, row: Float32Array): void {
  const { first, count, most, weights } = taps;
  for (let x = 0; x < count.length; x++) {
    let [red, green, blue, alpha] = [0, 0, 0, 0];
    for (let tap = 0; tap < (count[x] as number); tap++) {
      const at = from + (first[x] as number) + tap;
      const weight = (weights[x * most + tap] as number) * (matte[at] as number);
      red += weight * (data[3 * at] as number);
      green += weight * (data[3 * at + 1] as number);
      blue += weight * (data[3 * at + 2] as number);
      alpha += weight;
    }
    row[4 * x] = red;
    row[4 * x + 1] = green;
    row[4 * x + 2] = blue;
    row[4 * x + 3] = alpha;
  }
}

function weighOut(sum: Float32Array, { colour, matte }: Row): void {
  const colours = new Uint8ClampedArray(colour.buffer);
  const mattes = new Uint8ClampedArray(matte.buffer);
  for (let x = 0; x < matte.length; x++) {
    const alpha = sum[4 * x + 3] as number;
    mattes[x] = alpha;
    for (let c = 0; c < 3; c++) colours[3 * x + c] = alpha > 0.5 ? (sum[4 * x + c] as number) / alpha : 0;
  }
}
