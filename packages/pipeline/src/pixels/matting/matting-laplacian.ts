import type { Pace } from '../pace';
import type { Raster } from '../raster';
import { FOREGROUND, UNKNOWN } from './trimap';

/** Added to the covariance of nine colours (0..1), over nine: Levin's value. */
const EPSILON = 1e-7;

/** Where a 5x5 neighbour that comes before a pixel lies: rows from above, columns from the left. */
export const EARLIER: readonly (readonly [dy: number, dx: number])[] = [
  ...[-2, -1].flatMap((dy) => [-2, -1, 0, 1, 2].map((dx) => [dy, dx] as const)),
  [0, -2],
  [0, -1],
];
export const SLOTS = EARLIER.length;

/** What the unknown pixels ask for: matrix * alpha = right. Pixels are numbered row by row, known ones left out. */
export interface MattingSystem {
  count: number;
  diagonal: Float64Array;
  /** SLOTS numbers a pixel, one for each neighbour of EARLIER; the matrix is symmetric. 0 where there is no such neighbour. */
  lower: Float64Array;
  /** The neighbours' numbers; a pixel's own where there is none. */
  neighbour: Int32Array;
  right: Float64Array;
}

/**
 * The matting Laplacian (Levin, Lischinski, Weiss, "A Closed-Form Solution to Natural Image Matting", 2008; windows of
 * 3x3) of the unknown pixels, the known ones' alpha moved to the right-hand side. Memory: about 170 bytes for each
 * unknown pixel, whatever the size of the photo.
 */
export async function mattingSystem(photo: Raster, trimap: Uint8Array, pace: Pace): Promise<MattingSystem> {
  const { width, height } = photo;
  let count = 0;
  for (const value of trimap) if (value === UNKNOWN) count++;
  const system: MattingSystem = {
    count,
    diagonal: new Float64Array(count),
    lower: new Float64Array(count * SLOTS),
    neighbour: new Int32Array(count * SLOTS),
    right: new Float64Array(count),
  };
  for (let u = 0; u < count; u++) system.neighbour.fill(u, u * SLOTS, (u + 1) * SLOTS);
  const addWindow = createWindow(photo, trimap, system);
  // The numbers of the unknown pixels of three rows; row y lies in slot y % 3.
  const numbers = [0, 1, 2].map(() => new Int32Array(width));
  let next = 0;
  const number = (y: number) => {
    const row = numbers[y % 3] as Int32Array;
    for (let x = 0, at = y * width; x < width; x++, at++) row[x] = trimap[at] === UNKNOWN ? next++ : -1;
  };
  for (let y = 0; y < Math.min(2, height); y++) number(y);
  for (let y = 1; y < height - 1; y++) {
    number(y + 1);
    const rows = [numbers[(y - 1) % 3], numbers[y % 3], numbers[(y + 1) % 3]] as [Int32Array, Int32Array, Int32Array];
    for (let x = 1; x < width - 1; x++) addWindow(x, y, rows);
    await pace();
  }
  return system;
}

/** Which of a window's nine pixels are taken in pairs, later one first, and the neighbour slot of the pair. */
const PAIRS = Array.from({ length: 9 }, (_, i) =>
  Array.from({ length: i }, (_, j) => {
    const [dy, dx] = [Math.floor(j / 3) - Math.floor(i / 3), (j % 3) - (i % 3)];
    return { i, j, slot: EARLIER.findIndex((offset) => offset[0] === dy && offset[1] === dx) };
  }),
).flat();
const LATER = Int32Array.from(PAIRS, ({ i }) => i);
const EARLY = Int32Array.from(PAIRS, ({ j }) => j);
const SLOT = Int32Array.from(PAIRS, ({ slot }) => slot);

function createWindow(photo: Raster, trimap: Uint8Array, system: MattingSystem) {
  const { width, channels, data } = photo;
  const { diagonal, lower, neighbour, right } = system;
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  const [r, g, b] = [new Float64Array(9), new Float64Array(9), new Float64Array(9)];
  // The centred colours times the inverse covariance.
  const [p, q, s] = [new Float64Array(9), new Float64Array(9), new Float64Array(9)];
  const id = new Int32Array(9);
  const known = new Float64Array(9);

  return (x: number, y: number, rows: readonly [Int32Array, Int32Array, Int32Array]): void => {
    let unknown = 0;
    for (let k = 0; k < 9; k++) {
      const u = (rows[(k / 3) | 0] as Int32Array)[x - 1 + (k % 3)] as number;
      id[k] = u;
      if (u >= 0) unknown++;
    }
    if (unknown === 0) return;
    let [mr, mg, mb] = [0, 0, 0];
    for (let k = 0; k < 9; k++) {
      const at = (y - 1 + ((k / 3) | 0)) * width + x - 1 + (k % 3);
      known[k] = trimap[at] === FOREGROUND ? 1 : 0;
      const from = at * channels;
      r[k] = (data[from] as number) / 255;
      g[k] = (data[from + green] as number) / 255;
      b[k] = (data[from + blue] as number) / 255;
      mr += (r[k] as number) / 9;
      mg += (g[k] as number) / 9;
      mb += (b[k] as number) / 9;
    }
    let [rr, rg, rb, gg, gb, bb] = [0, 0, 0, 0, 0, 0];
    for (let k = 0; k < 9; k++) {
      const [cr, cg, cb] = [(r[k] as number) - mr, (g[k] as number) - mg, (b[k] as number) - mb];
      rr += cr * cr;
      rg += cr * cg;
      rb += cr * cb;
      gg += cg * cg;
      gb += cg * cb;
      bb += cb * cb;
      r[k] = cr;
      g[k] = cg;
      b[k] = cb;
    }
    rr += EPSILON;
    gg += EPSILON;
    bb += EPSILON;
    const [ca, cb, cc] = [gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb];
    // The sums are nine times the covariance, and so is its regularisation: its inverse times nine, over nine pixels.
    const scale = 1 / (rr * ca + rg * cb + rb * cc);
    const [xx, xy, xz] = [ca * scale, cb * scale, cc * scale];
    const [yy, yz, zz] = [(rr * bb - rb * rb) * scale, (rg * rb - rr * gb) * scale, (rr * gg - rg * rg) * scale];
    for (let k = 0; k < 9; k++) {
      const [cr, cg, cz] = [r[k] as number, g[k] as number, b[k] as number];
      p[k] = xx * cr + xy * cg + xz * cz;
      q[k] = xy * cr + yy * cg + yz * cz;
      s[k] = xz * cr + yz * cg + zz * cz;
      const u = id[k] as number;
      if (u < 0) continue;
      const own = (p[k] as number) * cr + (q[k] as number) * cg + (s[k] as number) * cz;
      diagonal[u] = (diagonal[u] as number) + 8 / 9 - own;
    }
    for (let pair = 0; pair < 36; pair++) {
      const [i, j] = [LATER[pair] as number, EARLY[pair] as number];
      const [u, v] = [id[i] as number, id[j] as number];
      if (u < 0 && v < 0) continue;
      const along = (p[i] as number) * (r[j] as number) + (q[i] as number) * (g[j] as number);
      const value = 1 / 9 + along + (s[i] as number) * (b[j] as number);
      if (v < 0) right[u] = (right[u] as number) + value * (known[j] as number);
      else if (u < 0) right[v] = (right[v] as number) + value * (known[i] as number);
      else {
        const at = u * SLOTS + (SLOT[pair] as number);
        lower[at] = (lower[at] as number) - value;
        neighbour[at] = v;
      }
    }
  };
}
