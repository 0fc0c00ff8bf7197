import type { Strip } from './foreground';
import type { Raster } from './raster';

// Jest looks globals up slowly, and this is asked for every pixel.
const { max, min } = Math;

/** Widths of the two box filters, and how far they reach together: windows of r cover -r/2 .. r/2 - 1. */
const COARSE = 90;
const FINE = 6;
export const REACH = (COARSE + FINE) / 2;
/** Keeps the division finite where a window sees nothing of a side. */
const LEAST = 1e-5;

interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Blur fusion of one tile. With b() a box mean, one pass over image I, alpha a and the fields F and B is
 *   bF = b(F a) / (b(a) + 1e-5),  bB = b(B (1 - a)) / (1 - b(a) + 1e-5),  F' = clip(bF + a (I - a bF - (1 - a) bB))
 * and gives F' and bB: first with F = B = I and windows of 90, then with 6. Borders are mirrored, the edge pixel once (OpenCV's
 * REFLECT_101). Where alpha is 0, so that nothing is seen, a share of 1e-5 of `lent` stands in for a product out of reach.
 */
export function createColourTile(photo: Raster, alpha: Uint8Array, lent: readonly number[], tile: number) {
  const { width, height, channels, data } = photo;
  const stride = width * channels;
  const side = tile + FINE;
  // One channel of alpha, then product and backdrop of each colour.
  const sums = Array.from({ length: 1 + 2 * channels }, () => new Float64Array(side + COARSE));
  const running = new Float64Array(sums.length);
  // The fields of the coarse pass, side * side at most.
  const fields = Array.from({ length: 2 * channels }, () => new Float32Array(side * side));
  const mirrorX = mirror(width);
  const mirrorY = mirror(height);

  /** The coarse pass, over the tile and what the fine windows reach beyond it inside the photo. */
  function coarse({ top, bytes }: Strip, area: Edges): void {
    const columns = mirrored(area.left - COARSE / 2, area.right + COARSE / 2 - 1, mirrorX);
    const addRow = (y: number, sign: 1 | -1) => {
      const from = mirrorY(y);
      const [weights] = sums as [Float64Array];
      for (let k = 0; k < columns.length; k++) {
        const x = columns[k] as number;
        const a = alpha[from * width + x] as number;
        weights[k] = (weights[k] as number) + sign * a;
        for (let c = 0, at = (from - top) * stride + x * channels; c < channels; c++, at++) {
          const value = bytes[at] as number;
          const near = sums[1 + 2 * c] as Float64Array;
          const behind = sums[2 + 2 * c] as Float64Array;
          near[k] = (near[k] as number) + sign * value * a;
          behind[k] = (behind[k] as number) + sign * value * (255 - a);
        }
      }
    };
    for (const sum of sums) sum.fill(0);
    for (let y = area.top - COARSE / 2; y < area.top + COARSE / 2 - 1; y++) addRow(y, 1);
    const spread = area.right - area.left;
    for (let y = area.top; y < area.bottom; y++) {
      addRow(y + COARSE / 2 - 1, 1);
      slide(spread, COARSE, (x) => {
        const total = 255 * COARSE ** 2;
        const b = (running[0] as number) / total;
        const a = (alpha[y * width + area.left + x] as number) / 255;
        const to = (y - area.top) * side + x;
        for (let c = 0, at = (y - top) * stride + (area.left + x) * channels; c < channels; c++, at++) {
          const own = a === 0 ? LEAST * (lent[c] as number) : 0;
          const near = ((running[1 + 2 * c] as number) / total / 255 + own) / (b + LEAST);
          const behind = (running[2 + 2 * c] as number) / total / 255 / (1 - b + LEAST);
          (fields[2 * c] as Float32Array)[to] = fuse(near, behind, a, (bytes[at] as number) / 255);
          (fields[2 * c + 1] as Float32Array)[to] = behind;
        }
      });
      addRow(y - COARSE / 2, -1);
    }
  }

  /** The fine pass, into the photo. */
  function fine({ top, bytes }: Strip, area: Edges, box: Edges): void {
    const columns = mirrored(box.left - FINE / 2, box.right + FINE / 2 - 1, mirrorX);
    const addRow = (y: number, sign: 1 | -1) => {
      const from = mirrorY(y);
      const [weights] = sums as [Float64Array];
      for (let k = 0; k < columns.length; k++) {
        const x = columns[k] as number;
        const a = (alpha[from * width + x] as number) / 255;
        const at = (from - area.top) * side + x - area.left;
        weights[k] = (weights[k] as number) + sign * a;
        for (let c = 0; c < channels; c++) {
          const near = sums[1 + 2 * c] as Float64Array;
          const behind = sums[2 + 2 * c] as Float64Array;
          near[k] = (near[k] as number) + sign * a * ((fields[2 * c] as Float32Array)[at] as number);
          behind[k] = (behind[k] as number) + sign * (1 - a) * ((fields[2 * c + 1] as Float32Array)[at] as number);
        }
      }
    };
    for (const sum of sums) sum.fill(0);
    for (let y = box.top - FINE / 2; y < box.top + FINE / 2 - 1; y++) addRow(y, 1);
    for (let y = box.top; y < box.bottom; y++) {
      addRow(y + FINE / 2 - 1, 1);
      slide(box.right - box.left, FINE, (x) => {
        const byte = alpha[y * width + box.left + x] as number;
        if (byte === 255) return;
        const a = byte / 255;
        const b = (running[0] as number) / FINE ** 2;
        const field = (y - area.top) * side + box.left + x - area.left;
        for (let c = 0; c < channels; c++) {
          const own = a === 0 ? LEAST * ((fields[2 * c] as Float32Array)[field] as number) : 0;
          const near = ((running[1 + 2 * c] as number) / FINE ** 2 + own) / (b + LEAST);
          const behind = (running[2 + 2 * c] as number) / FINE ** 2 / (1 - b + LEAST);
          const at = (box.left + x) * channels + c;
          const value = (bytes[(y - top) * stride + at] as number) / 255;
          data[y * stride + at] = 255 * fuse(near, behind, a, value) + 0.5;
        }
      });
      addRow(y - FINE / 2, -1);
    }
  }

  /** Windows along a row of column sums: `running` holds each one's sums while `each` is told its place. */
  function slide(count: number, window: number, each: (x: number) => void): void {
    for (let s = 0; s < sums.length; s++) {
      const sum = sums[s] as Float64Array;
      let total = 0;
      for (let k = 0; k < window - 1; k++) total += sum[k] as number;
      running[s] = total;
    }
    for (let x = 0; x < count; x++) {
      for (let s = 0; s < sums.length; s++) {
        running[s] = (running[s] as number) + ((sums[s] as Float64Array)[x + window - 1] as number);
      }
      each(x);
      for (let s = 0; s < sums.length; s++) {
        running[s] = (running[s] as number) - ((sums[s] as Float64Array)[x] as number);
      }
    }
  }

  return (rows: Strip, box: Edges): void => {
    const area = {
      left: Math.max(0, box.left - FINE / 2),
      top: Math.max(0, box.top - FINE / 2),
      right: Math.min(width, box.right + FINE / 2),
      bottom: Math.min(height, box.bottom + FINE / 2),
    };
    coarse(rows, area);
    fine(rows, area, box);
  };
}

function fuse(near: number, behind: number, a: number, value: number): number {
  return min(1, max(0, near + a * (value - a * near - (1 - a) * behind)));
}

/** The place a position outside of 0..length-1 mirrors to, the edge pixel not repeated, as often as need be. */
function mirror(length: number): (at: number) => number {
  const period = Math.max(1, 2 * length - 2);
  return (at) => {
    const folded = ((at % period) + period) % period;
    return folded < length ? folded : period - folded;
  };
}

function mirrored(from: number, to: number, index: (at: number) => number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, k) => index(from + k));
}
