import { applyGuided, createGuide, guidedCoefficients, guidedOutput } from './guided-filter';
import { unhurried } from './matting/reference-pictures';
import { createPlane, mapPlane, type Plane } from './plane';
import { createRaster } from './raster';
import { resizePlane, toPlanes } from './resize';
import { largestDifference, paintPlane, paintRaster, randomColours, randomPlane } from './synthetic-pictures';

describe('guidedCoefficients', () => {
  it('finds a linear relation of the target to the colours again', () => {
    const guide = randomColours(40, 30, 1);
    const [r, g, b] = guide;
    const target = paintPlane(40, 30, (x, y) => {
      const i = y * 40 + x;
      return 0.5 * (r.data[i] as number) - 0.3 * (g.data[i] as number) + 0.2 * (b.data[i] as number) + 0.1;
    });
    const output = guidedOutput(guide, guidedCoefficients(guide, target, { radius: 4, epsilon: 1e-6 }));
    expect(largestDifference(output, target)).toBeLessThan(1e-3);
  });

  it('smooths a noisy target under a flat guide to its window mean', () => {
    const grey = createPlane(30, 30, 0.5);
    const target = randomPlane(30, 30, 2);
    const { a, b } = guidedCoefficients([grey, grey, grey], target, { radius: 9, epsilon: 1e-3 });
    for (const plane of a) for (const value of plane.data) expect(Math.abs(value)).toBeLessThan(1e-3);
    expect(spread(b)).toBeLessThan(0.05);
  });

  it('keeps an edge that the guide shows and moves a blurred target edge onto it', () => {
    const guide = paintPlane(60, 20, (x) => (x < 30 ? 0.1 : 0.9));
    const blurred = paintPlane(60, 20, (x) => Math.min(1, Math.max(0, (x - 24) / 12)));
    const output = guidedOutput(
      [guide, guide, guide],
      guidedCoefficients([guide, guide, guide], blurred, { radius: 8, epsilon: 1e-4 }),
    );
    const row = output.data.slice(600, 660);
    expect((row[30] as number) - (row[29] as number)).toBeGreaterThan(0.4);
  });

  it('gives the same for one target as for several under one guide', () => {
    const guide = randomColours(16, 16, 9);
    const fit = createGuide(guide, { radius: 2, epsilon: 1e-3 });
    fit(randomPlane(16, 16, 20));
    const target = randomPlane(16, 16, 21);
    expect(fit(target)).toEqual(guidedCoefficients(guide, target, { radius: 2, epsilon: 1e-3 }));
  });
});

describe('applyGuided', () => {
  it('equals the filter output at working size when the photo has that size', async () => {
    const photo = paintRaster(24, 18, (x, y) => [x * 10, y * 14, (x * y) % 255]);
    const guide = await toPlanes(photo, 24, 18, unhurried);
    const coefficients = guidedCoefficients(guide, randomPlane(24, 18, 4), { radius: 3, epsilon: 1e-2 });
    const expected = mapPlane(guidedOutput(guide, coefficients), (v) => Math.min(1, Math.max(0, v)) * 255);
    (await applyGuided(photo, coefficients, { low: 0, high: 1 }, unhurried)).forEach((byte, i) => {
      expect(Math.abs(byte - (expected.data[i] as number))).toBeLessThanOrEqual(0.51);
    });
  });

  it('follows an edge of the full-size photo that the working size cannot show', async () => {
    const edge = 403;
    const photo = paintRaster(800, 200, (x) => (x < edge ? [230, 230, 230] : [30, 40, 50]));
    const guide = await toPlanes(photo, 80, 20, unhurried);
    const target = resizePlane(
      paintPlane(800, 200, (x) => (x < edge ? 0 : 1)),
      80,
      20,
    );
    const coefficients = guidedCoefficients(guide, target, { radius: 3, epsilon: 1e-4 });
    const alpha = await applyGuided(photo, coefficients, { low: 0.04, high: 0.96 }, unhurried);
    const enlarged = resizePlane(target, 800, 200).data.map((value) => value * 255);
    const farthestOff = (values: ArrayLike<number>) => {
      let most = 0;
      for (let x = 0; x < 800; x++) {
        most = Math.max(most, Math.abs((values[100 * 800 + x] as number) - (x < edge ? 0 : 255)));
      }
      return most;
    };
    expect(farthestOff(enlarged)).toBeGreaterThan(100);
    expect(farthestOff(alpha)).toBeLessThan(30);
  });

  it('stretches between low and high, clamps beyond, and takes grey rasters', async () => {
    const flat = (value: number) => createPlane(2, 2, value);
    const coefficients = { a: [flat(0), flat(0), flat(0)] as const, b: flat(0.5) };
    const photo = createRaster(5, 4, 1);
    const stretched = (low: number, high: number) => applyGuided(photo, coefficients, { low, high }, unhurried);
    expect([...(await stretched(0.3, 0.7))]).toEqual(Array(20).fill(128));
    expect((await stretched(0.6, 0.7))[0]).toBe(0);
    expect((await stretched(0.1, 0.2))[0]).toBe(255);
  });
});

function spread(plane: Plane): number {
  return Math.max(...plane.data) - Math.min(...plane.data);
}
