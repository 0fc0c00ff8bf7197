import { unhurried } from './matting/reference-pictures';
import { createPlane, planeMean } from './plane';
import { alphaToPlane, resizePlane, toPlanes, workingSize } from './resize';
import { createRandom, largestDifference, paintPlane, paintRaster, randomPlane } from './synthetic-pictures';

describe('workingSize', () => {
  it('keeps the aspect, never enlarges and never reaches zero', () => {
    expect(workingSize(4000, 3000, 360)).toEqual({ width: 360, height: 270 });
    expect(workingSize(200, 100, 360)).toEqual({ width: 200, height: 100 });
    expect(workingSize(16_000, 1, 360)).toEqual({ width: 360, height: 1 });
  });
});

describe('toPlanes', () => {
  it('averages whole blocks when the factor is whole', async () => {
    const raster = paintRaster(4, 4, (x, y) => [x < 2 ? 0 : 255, y < 2 ? 51 : 102, x % 2 === 0 ? 0 : 255]);
    const [red, green, blue] = await toPlanes(raster, 2, 2, unhurried);
    expectClose(red.data, [0, 1, 0, 1]);
    expectClose(green.data, [0.2, 0.2, 0.4, 0.4]);
    expectClose(blue.data, [0.5, 0.5, 0.5, 0.5]);
  });

  it('weighs the ends of a fractional window by their covered share', async () => {
    const raster = paintRaster(3, 1, (x) => [[0, 90, 255][x] as number, 0, 0]);
    // 1.5 source pixels each: (0 + 90 / 2) / 1.5 and (90 / 2 + 255) / 1.5.
    expectClose((await toPlanes(raster, 2, 1, unhurried))[0].data, [30 / 255, 200 / 255]);
  });

  it('keeps the mean of the picture whatever the sizes', async () => {
    const random = createRandom(7);
    for (let round = 0; round < 40; round++) {
      const [width, height] = [1 + Math.floor(random() * 60), 1 + Math.floor(random() * 60)];
      const raster = paintRaster(width, height, () => [random() * 255, random() * 255, random() * 255]);
      const truth = raster.data.reduce((sum, byte) => sum + byte, 0) / raster.data.length / 255;
      const planes = await toPlanes(
        raster,
        Math.ceil(width * random()) || 1,
        Math.ceil(height * random()) || 1,
        unhurried,
      );
      expect(planes.reduce((sum, plane) => sum + planeMean(plane), 0) / 3).toBeCloseTo(truth, 4);
    }
  });

  it('repeats a grey raster in all three planes', async () => {
    const planes = await toPlanes({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) }, 2, 1, unhurried);
    for (const plane of planes) expectClose(plane.data, [0, 1]);
  });

  it('squashes to any aspect and enlarges small pictures without leaving their range', async () => {
    const raster = paintRaster(5, 3, (x, y) => [x * 50, y * 100, 128]);
    const [red, green, blue] = await toPlanes(raster, 17, 2, unhurried);
    expect([red.width, red.height]).toEqual([17, 2]);
    expect(Math.max(...red.data)).toBeLessThanOrEqual(200 / 255 + 1e-6);
    expect(Math.min(...green.data)).toBeGreaterThanOrEqual(0);
    for (const value of blue.data) expect(value).toBeCloseTo(128 / 255, 5);
  });
});

describe('alphaToPlane', () => {
  it('gives the share of product in each cell', async () => {
    const alpha = Uint8Array.of(255, 255, 0, 0, 255, 0, 0, 0);
    expectClose((await alphaToPlane(alpha, { width: 4, height: 2 }, 2, 1, unhurried)).data, [0.75, 0]);
  });
});

describe('resizePlane', () => {
  it('samples at half-pixel centres and repeats the edges', () => {
    const plane = { width: 2, height: 1, data: Float32Array.of(0, 1) };
    expectClose(resizePlane(plane, 4, 1).data, [0, 0.25, 0.75, 1]);
  });

  it('returns the plane itself at its own size', () => {
    const plane = randomPlane(13, 9, 3);
    expect(largestDifference(resizePlane(plane, 13, 9), plane)).toBe(0);
  });

  it('reproduces a linear ramp inside the picture', () => {
    const big = resizePlane(
      paintPlane(20, 30, (x, y) => (x + 0.5) / 20 + (y + 0.5) / 30),
      100,
      90,
    );
    const truth = paintPlane(100, 90, (x, y) => (x + 0.5) / 100 + (y + 0.5) / 90);
    for (let y = 5; y < 85; y++) {
      for (let x = 5; x < 95; x++) {
        expect(big.data[y * 100 + x]).toBeCloseTo(truth.data[y * 100 + x] as number, 5);
      }
    }
  });

  it('spreads a single pixel over any size', () => {
    expectClose(resizePlane(createPlane(1, 1, 0.4), 3, 2).data, Array(6).fill(0.4));
  });
});

function expectClose(actual: Float32Array, expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 5);
  });
}
