import type { Raster } from '../pixels';
import { reflect } from './windows';

/**
 * The source rows of one row of tiles, copied. A net may then write its answer over the picture it reads: rows that later
 * tiles still need as they were are in here. Holds `rows` rows at a time; moves downwards only.
 */
export class Band {
  private readonly data: Uint8Array;
  private readonly stride: number;
  private first = 0;
  private end = 0;

  constructor(
    private readonly source: Raster,
    readonly rows: number,
  ) {
    this.stride = source.width * 3;
    this.data = new Uint8Array(rows * this.stride);
  }

  /** Makes the band hold the picture's rows among [top, top + rows). Rows it held already are not read again. */
  moveTo(top: number): void {
    const { data, stride, source } = this;
    const first = Math.max(0, top);
    const end = Math.min(source.height, top + this.rows);
    const kept = Math.max(0, this.end - first);
    data.copyWithin(0, (first - this.first) * stride, (first - this.first + kept) * stride);
    data.set(source.data.subarray((first + kept) * stride, end * stride), kept * stride);
    this.first = first;
    this.end = end;
  }

  /** One of the rows it holds, as the picture was. */
  row(y: number): Uint8Array {
    return this.data.subarray((y - this.first) * this.stride, (y - this.first + 1) * this.stride);
  }

  /**
   * Cuts [x, x + width) by [y, y + height), picture coordinates, into Float32 CHW: (byte / 255 * range - mean) / std.
   * What lies beyond the picture's borders is mirrored.
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
      const line = (reflect(y + row, source.height) - this.first) * stride;
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
