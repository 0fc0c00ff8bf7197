import { createPlane, type Pace, type Plane, type Raster } from '../pixels';

const STRIP_ROWS = 128;

/**
 * Filters a one-channel raster in place, a strip of rows at a time, in floats 0..1. `reach`: how many rows away a row can be that the
 * filter's answer depends on; so many of the original are given with each strip.
 */
export async function filterRows(
  raster: Raster,
  reach: number,
  filter: (strip: Plane) => Plane,
  pace: Pace,
): Promise<void> {
  const { width, height, data } = raster;
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  // Rows above the strip, as they were before they were filtered.
  let above: Uint8Array = new Uint8Array(0);
  for (let top = 0; top < height; top += STRIP_ROWS) {
    const bottom = Math.min(height, top + STRIP_ROWS);
    const below = data.subarray(top * width, Math.min(height, bottom + reach) * width);
    const strip = createPlane(width, (above.length + below.length) / width);
    above.forEach((value, i) => {
      strip.data[i] = value / 255;
    });
    below.forEach((value, i) => {
      strip.data[above.length + i] = value / 255;
    });
    const filtered = filter(strip).data.subarray(above.length, above.length + (bottom - top) * width);
    const rows = [...splitRows(above, width), ...splitRows(data.slice(top * width, bottom * width), width)];
    above = concat(rows.slice(-reach));
    filtered.forEach((value, i) => {
      clamped[top * width + i] = value * 255;
    });
    await pace();
  }
}

function* splitRows(bytes: Uint8Array, width: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += width) yield bytes.subarray(from, from + width);
}

function concat(rows: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(rows));
}
