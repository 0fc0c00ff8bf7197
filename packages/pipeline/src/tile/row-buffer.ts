import type { Raster } from '../pixels';
import type { Span } from './windows';

/**
 * The answers of one row of tiles, 8-bit, joined from left to right; then joined with the rows above, into the target.
 * With `feather` f neighbours are blended over 2f pixels around their seam, else cut at it. Holds one row of tiles.
 */
export class RowBuffer {
  private readonly data: Uint8ClampedArray;

  constructor(
    private readonly target: Raster,
    rows: number,
    private readonly scale: number,
    private readonly feather: number,
  ) {
    this.data = new Uint8ClampedArray(rows * target.width * 3);
  }

  /** `answer`: Float32 CHW of a whole window, values 0..range. */
  put(answer: Float32Array, x: Span, y: Span, range: number): void {
    const { scale, feather, data, target } = this;
    const width = x.length * scale;
    const plane = width * y.length * scale;
    const from = Math.max(0, x.from - feather) * scale;
    const to = Math.min(target.width, (x.to + feather) * scale);
    const seam = x.from * scale;
    const reach = x.from > 0 ? feather * scale : 0;
    const factor = 255 / range;
    for (let row = 0; row < y.length * scale; row++) {
      let at = (row * target.width + from) * 3;
      let source = row * width + from - x.start * scale;
      for (let column = from; column < to; column++, source++) {
        const weight = ramp(column, seam, reach);
        for (let channel = 0; channel < 3; channel++, at++) {
          const value = (answer[source + channel * plane] as number) * factor;
          data[at] = weight === 1 ? value : (data[at] as number) * (1 - weight) + value * weight;
        }
      }
    }
  }

  /**
   * Writes the row of tiles to the target. `strength` below 1 mixes with `original(y)`, the target's row as it was before
   * (only for answers of the picture's own size).
   */
  flush(y: Span, strength: number, original: (row: number) => Uint8Array): void {
    const { scale, feather, data, target } = this;
    const stride = target.width * 3;
    const reach = y.from > 0 ? feather * scale : 0;
    const from = Math.max(0, y.from * scale - reach);
    const to = Math.min(target.height, (y.to + feather) * scale);
    for (let row = from; row < to; row++) {
      const line = data.subarray((row - y.start * scale) * stride, (row - y.start * scale + 1) * stride);
      if (strength < 1) mix(line, original(row), strength);
      const out = target.data.subarray(row * stride, (row + 1) * stride);
      const weight = ramp(row, y.from * scale, reach);
      if (weight === 1) out.set(line);
      else
        for (let i = 0; i < stride; i++)
          out[i] = (out[i] as number) * (1 - weight) + (line[i] as number) * weight + 0.5;
    }
  }
}

/** The share of the later of two neighbours: 0 at `reach` before the seam, 1 from `reach` behind it. */
function ramp(at: number, seam: number, reach: number): number {
  return at >= seam + reach ? 1 : (at - seam + reach + 0.5) / (2 * reach);
}

function mix(line: Uint8ClampedArray, original: Uint8Array, strength: number): void {
  for (let i = 0; i < line.length; i++) {
    const before = original[i] as number;
    line[i] = before + ((line[i] as number) - before) * strength;
  }
}
