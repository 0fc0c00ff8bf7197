import { createRaster } from '../raster';
import { paintRaster } from '../synthetic-pictures';
import { unhurried } from './reference-pictures';
import { type MatteInput, runMatte } from './run-matte';
import { BACKGROUND, FOREGROUND, UNKNOWN } from './trimap';

const input: MatteInput = {
  ...{ range: 1, mean: [0.5, 0.5, 0.25], std: [0.5, 0.5, 0.5], multiple: 32 },
  ...{ pad: 'zero', pad_after_normalisation: true, most: 64 },
};
/** Red rises to the right, green downwards. */
const photo = paintRaster(40, 20, (x, y) => [x * 5, y * 10, 51]);
const trimap = Uint8Array.from(
  { length: 800 },
  (_, i) => [BACKGROUND, UNKNOWN, FOREGROUND][Math.floor((i % 40) / 14)] as number,
);

interface Seen {
  data: Float32Array;
  height: number;
  width: number;
}

async function through(
  changes: Partial<MatteInput>,
  answer: (x: number, y: number) => number,
  picture = photo,
  map = trimap,
) {
  const seen: Seen[] = [];
  const scales: number[] = [];
  const alpha = await runMatte(
    { photo: picture, trimap: map },
    { ...input, ...changes },
    {
      pace: unhurried,
      onReduced: (scale) => scales.push(scale),
      run: async (data, height, width) => {
        seen.push({ data, height, width });
        return Float32Array.from({ length: width * height }, (_, i) => answer(i % width, Math.floor(i / width)));
      },
    },
  );
  return { alpha, scales, ...(seen[0] as Seen) };
}

describe('runMatte', () => {
  it('hands over normalised colour and the trimap as fractions, padded right and bottom after it', async () => {
    const { data, height, width } = await through({}, () => 0.5);
    expect([height, width]).toEqual([32, 64]);
    const at = (channel: number, x: number, y: number) => data[(channel * height + y) * width + x];
    expect(at(0, 10, 3)).toBeCloseTo((50 / 255 - 0.5) / 0.5, 5);
    expect(at(1, 10, 3)).toBeCloseTo((30 / 255 - 0.5) / 0.5, 5);
    expect(at(2, 10, 3)).toBeCloseTo((51 / 255 - 0.25) / 0.5, 5);
    expect([at(3, 0, 0), at(3, 39, 19)]).toEqual([0, 1]);
    expect(at(3, 20, 5)).toBeCloseTo(128 / 255, 6);
    for (const channel of [0, 1, 2, 3])
      expect([at(channel, 40, 0), at(channel, 0, 20), at(channel, 63, 31)]).toEqual([0, 0, 0]);
  });

  it('pads before the normalisation, or by mirroring, where the record says so', async () => {
    const black = await through({ pad_after_normalisation: false }, () => 0.5);
    expect(black.data[45]).toBe(-1);
    const mirrored = await through({ pad: 'reflect' }, () => 0.5);
    expect(mirrored.data[40]).toBeCloseTo(mirrored.data[38] as number, 6);
  });

  it('takes the answer where the trimap is open, from the part that shows the picture, and keeps what is known', async () => {
    const { alpha, scales } = await through({}, (x, y) => (x + y) / 100);
    expect(scales).toEqual([]);
    expect([alpha[0], alpha[39]]).toEqual([0, 255]);
    expect(alpha[7 * 40 + 20]).toBe(Math.round(0.27 * 255));
  });

  it('runs smaller where the picture is larger than the most, says so, and answers at full size', async () => {
    const large = paintRaster(200, 100, (x) => (x < 100 ? [20, 30, 40] : [220, 210, 200]));
    const open = Uint8Array.from({ length: 20_000 }, (_, i) =>
      i % 200 < 80 ? BACKGROUND : i % 200 > 120 ? FOREGROUND : UNKNOWN,
    );
    const { alpha, scales, width, height } = await through({}, (x) => (x < 32 ? 0 : 1), large, open);
    expect([width, height, scales]).toEqual([64, 32, [64 / 200]]);
    expect(alpha).toHaveLength(20_000);
    expect(alpha[50 * 200 + 92]).toBeLessThan(10);
    expect(alpha[50 * 200 + 107]).toBeGreaterThan(245);
  });

  it('runs on tiles only where something is open, and no answer feels where a tile ended', async () => {
    const [wide, high, overlap] = [300, 140, 32];
    const large = paintRaster(wide, high, (x, y) => [(x * 7) % 251, (y * 5) % 251, 90]);
    const open = Uint8Array.from({ length: wide * high }, (_, i) =>
      i % wide < 40 ? FOREGROUND : i % wide < 110 ? UNKNOWN : BACKGROUND,
    );
    const sizes: number[][] = [];
    /** Looks as far as the overlap: red to the left, green below. */
    const run = async (data: Float32Array, height: number, width: number) => {
      sizes.push([width, height]);
      const at = (channel: number, x: number, y: number) =>
        data[(channel * height + Math.min(y, height - 1)) * width + Math.max(x, 0)] as number;
      return Float32Array.from({ length: width * height }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        return 0.5 + 0.25 * (at(0, x - overlap, y) + at(1, x, y + overlap));
      });
    };
    const solve = (tiles: MatteInput['tiles']) =>
      runMatte(
        { photo: large, trimap: open },
        { ...input, pad: 'reflect', most: 300, tiles },
        { pace: unhurried, onReduced: () => undefined, run },
      );
    const tiled = await solve({ side: 96, overlap });
    expect(sizes).toEqual(Array.from({ length: 9 }, () => [96, 96]));
    const whole = await solve(undefined);
    const inner = (alpha: Uint8Array) => alpha.subarray(0, (high - overlap) * wide);
    expect(inner(tiled)).toEqual(inner(whole));
  });

  it('clips answers beyond 0 and 1, and takes grey pictures of one pixel', async () => {
    const dot = await through({}, () => 7, createRaster(1, 1, 1), Uint8Array.of(UNKNOWN));
    expect([...dot.alpha]).toEqual([255]);
  });
});
