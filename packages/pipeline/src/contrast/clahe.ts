import type { Pace, Raster } from '../pixels';

/** Tests run where a global is looked up slowly, and this is asked for every pixel. */
const { fround } = Math;

const LEVELS = 256;

/**
 * Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994) of a one-channel raster, in place, to the
 * last bit as OpenCV's `createCLAHE` computes it: `tiles` by `tiles` regions of one size (the picture is mirrored up to a multiple), each
 * histogram cut at `clipLimit` times its mean, what was cut spread over all levels, and the four nearest regions' curves mixed.
 */
export async function equalise(
  plane: Raster,
  { clipLimit, tiles }: { clipLimit: number; tiles: number },
  pace: Pace,
): Promise<void> {
  const { width, height, data } = plane;
  const tile = tileSize(width, height, tiles);
  const curves = await tileCurves(plane, tile, { clipLimit, tiles }, pace);
  const across = neighbours(width, tile.width, tiles);
  const down = neighbours(height, tile.height, tiles);
  const curve = (row: number, column: number) => (row * tiles + column) * LEVELS;
  for (let y = 0, i = 0; y < height; y++) {
    const [top, bottom] = [down.first[y] as number, down.second[y] as number];
    const lower = down.share[y] as number;
    for (let x = 0; x < width; x++, i++) {
      const [left, right] = [across.first[x] as number, across.second[x] as number];
      const further = across.share[x] as number;
      const level = data[i] as number;
      const upper = mix(curves[curve(top, left) + level], curves[curve(top, right) + level], further);
      const under = mix(curves[curve(bottom, left) + level], curves[curve(bottom, right) + level], further);
      data[i] = roundEven(mix(upper, under, lower));
    }
    await pace();
  }
}

interface Size {
  width: number;
  height: number;
}

/** Where one side is no multiple, OpenCV extends both, the other by a whole `tiles` pixels. */
function tileSize(width: number, height: number, tiles: number): Size {
  if (width % tiles === 0 && height % tiles === 0) return { width: width / tiles, height: height / tiles };
  const extended = (side: number) => (side + tiles - (side % tiles)) / tiles;
  return { width: extended(width), height: extended(height) };
}

async function tileCurves(
  { width, height, data }: Raster,
  tile: Size,
  { clipLimit, tiles }: { clipLimit: number; tiles: number },
  pace: Pace,
): Promise<Uint8Array> {
  const area = tile.width * tile.height;
  const limit = Math.max(1, Math.floor((clipLimit * area) / LEVELS));
  const curves = new Uint8Array(tiles * tiles * LEVELS);
  const column = mirrored(width, tile.width * tiles);
  const row = mirrored(height, tile.height * tiles);
  for (let ty = 0; ty < tiles; ty++) {
    const histograms = Array.from({ length: tiles }, () => new Int32Array(LEVELS));
    for (let y = ty * tile.height; y < (ty + 1) * tile.height; y++) {
      const from = (row[y] as number) * width;
      for (let tx = 0, x = 0; tx < tiles; tx++) {
        const histogram = histograms[tx] as Int32Array;
        for (let k = 0; k < tile.width; k++, x++) {
          const level = data[from + (column[x] as number)] as number;
          histogram[level] = (histogram[level] as number) + 1;
        }
      }
      await pace();
    }
    histograms.forEach((histogram, tx) => {
      clip(histogram, limit);
      curves.set(cumulative(histogram, (LEVELS - 1) / area), (ty * tiles + tx) * LEVELS);
    });
  }
  return curves;
}

function clip(histogram: Int32Array, limit: number): void {
  let excess = 0;
  for (let level = 0; level < LEVELS; level++) {
    const over = (histogram[level] as number) - limit;
    if (over <= 0) continue;
    excess += over;
    histogram[level] = limit;
  }
  const each = Math.floor(excess / LEVELS);
  let rest = excess - each * LEVELS;
  for (let level = 0; level < LEVELS; level++) histogram[level] = (histogram[level] as number) + each;
  const step = rest === 0 ? LEVELS : Math.max(1, Math.floor(LEVELS / rest));
  for (let level = 0; level < LEVELS && rest > 0; level += step, rest--) {
    histogram[level] = (histogram[level] as number) + 1;
  }
}

function cumulative(histogram: Int32Array, scale: number): Uint8Array {
  const curve = new Uint8Array(LEVELS);
  // OpenCV multiplies in single precision.
  const factor = fround(scale);
  for (let level = 0, sum = 0; level < LEVELS; level++) {
    sum += histogram[level] as number;
    curve[level] = Math.min(LEVELS - 1, roundEven(fround(sum * factor)));
  }
  return curve;
}

/** The two tiles between whose centres each position lies, and how near it is to the second. */
function neighbours(length: number, tile: number, tiles: number) {
  const first = new Uint8Array(length);
  const second = new Uint8Array(length);
  const share = new Float32Array(length);
  const inverse = fround(1 / tile);
  for (let at = 0; at < length; at++) {
    const place = fround(fround(at * inverse) - 0.5);
    const before = Math.floor(place);
    share[at] = place - before;
    first[at] = Math.max(0, before);
    second[at] = Math.min(tiles - 1, before + 1);
  }
  return { first, second, share };
}

/** In single precision, as OpenCV mixes: a half goes the same way as there. */
function mix(a = 0, b = 0, share = 0): number {
  return fround(fround(a * fround(1 - share)) + fround(b * share));
}

/** Beyond its end a side is mirrored, its last pixel not repeated. */
function mirrored(length: number, extended: number): Int32Array {
  const period = Math.max(1, 2 * (length - 1));
  return Int32Array.from({ length: extended }, (_, at) => {
    const place = at % period;
    return place < length ? place : period - place;
  });
}

/** Halves to the even neighbour, as processors round. */
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
