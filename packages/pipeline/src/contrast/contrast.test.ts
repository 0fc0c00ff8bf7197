import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createPace, createRaster, type Raster } from '../pixels';
import { gaussianBlur } from '../pixels/gaussian-blur';
import { equalise } from './clahe';
import { raiseEdges, smoothEvenAreas } from './detail';
import { filterRows } from './filter-rows';
import { readLightness, writeLightness } from './lightness';

const pace = createPace(new AbortController().signal);

interface Case {
  width: number;
  height: number;
  input: string;
  output: string;
}
const reference = JSON.parse(readFileSync(resolve(__dirname, '../../fixtures/clahe.json'), 'utf8')) as {
  grey: (Case & { clipLimit: number; tiles: number })[];
  colour: Case & { lightness: string };
};

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const raster = ({ width, height }: { width: number; height: number }, channels: 1 | 3, data: Uint8Array): Raster => ({
  width,
  height,
  channels,
  data,
});
const worst = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);

describe('CLAHE', () => {
  it.each(reference.grey)(
    'of $width x $height in $tiles x $tiles tiles, cut at $clipLimit, is OpenCV’s to the bit',
    async (given) => {
      const plane = raster(given, 1, bytes(given.input));
      await equalise(plane, given, pace);
      expect(worst(plane.data, bytes(given.output))).toBe(0);
    },
  );

  it('on the lightness of a colour picture differs by at most 6 of 255 from OpenCV’s way through 8-bit L*a*b*', async () => {
    const { colour } = reference;
    const picture = raster(colour, 3, bytes(colour.input));
    const lightness = await readLightness(picture, pace);
    expect(worst(lightness.data, bytes(colour.lightness))).toBeLessThanOrEqual(1);
    await equalise(lightness, { clipLimit: 2, tiles: 2 }, pace);
    await writeLightness(picture, lightness, pace);
    const expected = bytes(colour.output);
    expect(worst(picture.data, expected)).toBeLessThanOrEqual(6);
    const mean =
      picture.data.reduce((sum, value, i) => sum + Math.abs(value - (expected[i] ?? 0)), 0) / expected.length;
    expect(mean).toBeLessThan(1);
  });
});

describe('detail', () => {
  const noisy = (x: number, y: number, level: number) => level + (((x * 7919 + y * 104_729) % 13) - 6);
  function scene(height = 96): Raster {
    const plane = createRaster(300, height, 1);
    for (let i = 0; i < plane.data.length; i++) {
      const [x, y] = [i % 300, Math.floor(i / 300)];
      plane.data[i] = noisy(x, y, x < 150 ? 70 : 170);
    }
    return plane;
  }
  const spread = ({ data }: Raster, columns: [number, number]) => {
    const values = [...data].filter((_, i) => i % 300 >= columns[0] && i % 300 < columns[1]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };

  it('is taken out of even areas, and an edge between them stays', async () => {
    const plane = scene();
    const before = spread(plane, [0, 140]);
    await smoothEvenAreas(plane, 1, pace);
    expect(spread(plane, [0, 140])).toBeLessThan(before / 2);
    const step = (plane.data[50 * 300 + 152] ?? 0) - (plane.data[50 * 300 + 147] ?? 0);
    expect(step).toBeGreaterThan(85);
  });

  it('is raised at edges', async () => {
    const plane = createRaster(300, 60, 1);
    plane.data.forEach((_, i) => {
      plane.data[i] = i % 300 < 150 ? 80 : 160;
    });
    await raiseEdges(plane, 0.5, pace);
    expect(plane.data[30 * 300 + 149]).toBeLessThan(75);
    expect(plane.data[30 * 300 + 150]).toBeGreaterThan(165);
    expect([plane.data[30 * 300 + 20], plane.data[30 * 300 + 280]]).toEqual([80, 160]);
  });

  it('does not show where one strip of rows ends', async () => {
    const plane = scene(400);
    const whole = { width: 300, height: 400, data: Float32Array.from(plane.data, (value) => value / 255) };
    const expected = gaussianBlur(whole, 2).data.map((value) => Math.round(value * 255));
    await filterRows(plane, 8, (strip) => gaussianBlur(strip, 2), pace);
    expect(worst(plane.data, Uint8Array.from(expected))).toBeLessThanOrEqual(1);
  });
});

it('a picture whose lightness is not changed stays as it is, every byte', async () => {
  const colour = createRaster(64, 64, 3);
  colour.data.forEach((_, i) => {
    colour.data[i] = (i * 31) % 256;
  });
  const before = colour.data.slice();
  await writeLightness(colour, await readLightness(colour, pace), pace);
  expect(worst(colour.data, before)).toBe(0);
});
