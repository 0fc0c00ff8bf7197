import type { Raster } from '../pixels';
import { reflect } from './windows';

/**
 * The source rows of one row of tiles, copied. A net may then write its answer over the picture it reads: rows that later
 * tiles still need as they were are in here. Holds `rows` rows at a time; moves downwards only.
 */
export class Band {
  private readonly data: Uint8Array;
  private readonly stride: number;
  private top = 0;
  private filled = 0;

  constructor(
    private readonly source: Raster,
    readonly rows: number,
  ) {
    this.stride = source.width * 3;
    this.data = new Uint8Array(rows * this.stride);
  }

  /** Makes the band hold the rows from `top` on; rows below the picture mirror it. Rows it held already are not re-read. */
  moveTo(top: number): void {
    const { data, stride, rows, source } = this;
    const kept = Math.max(0, this.top + this.filled - top);
    if (kept > 0) data.copyWithin(0, (top - this.top) * stride, this.filled * stride);
    const available = Math.min(rows, source.height - top);
    for (let row = kept; row < available; row++) {
      const from = (top + row) * stride;
      data.set(source.data.subarray(from, from + stride), row * stride);
    }
    this.top = top;
    this.filled = Math.max(available, 0);
  }

  /** One of the rows it holds, as the picture was. */
  row(y: number): Uint8Array {
    return this.data.subarray((y - this.top) * this.stride, (y - this.top + 1) * this.stride);
  }

  /**
   * Cuts [x, x + width) by [y, y + height), picture coordinates, into Float32 CHW: (byte / 255 * range - mean) / std.
   * What lies beyond the picture's right and lower border is mirrored.
   */
  cut(
    x: number,
    y: number,
    width: number,
    height: number,
    { range, mean, std }: { range: number; mean: readonly number[]; std: readonly number[] },
  ): Float32Array<ArrayBuffer> {
    const { source, data, stride } = this;
    const out = new Float32Array(3 * width * height);
    const plane = width * height;
    const columns = Int32Array.from({ length: width }, (_, i) => reflect(x + i, source.width) * 3);
    const scale = [0, 1, 2].map((c) => range / 255 / (std[c] as number));
    const shift = [0, 1, 2].map((c) => (mean[c] as number) / (std[c] as number));
    const [s0, s1, s2] = scale as [number, number, number];
    const [m0, m1, m2] = shift as [number, number, number];
    for (let row = 0, at = 0; row < height; row++) {
      const line = (reflect(y + row, source.height) - this.top) * stride;
      for (let i = 0; i < width; i++, at++) {
        const from = line + (columns[i] as number);
        out[at] = (data[from] as number) * s0 - m0;
        out[at + plane] = (data[from + 1] as number) * s1 - m1;
        out[at + 2 * plane] = (data[from + 2] as number) * s2 - m2;
      }
    }
    return out;
  }
}
