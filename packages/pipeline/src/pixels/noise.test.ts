import { estimateNoise } from './noise';
import { createRaster } from './raster';
import { type Paint, paintRaster } from './synthetic-pictures';

const { abs } = Math;

const slopes: Paint = (x, y) => [80 + x / 12, 150 - y / 10, 110 + x / 20];
/** Half the picture is a strong two-pixel check, far louder than any noise here. */
const halfTextured: Paint = (x, y) => {
  const check = x < 320 ? 0 : ((x >> 1) + (y >> 1)) % 2 === 0 ? 40 : -40;
  return [120 + check, 130 + check, 115 + check];
};
/** A product on a clipped white backdrop. */
const cutFromWhite: Paint = (x) => (x > 320 ? [120, 110, 90] : [255, 255, 255]);

describe('estimateNoise', () => {
  it.each([
    ['smooth slopes', slopes],
    ['a picture half of which is texture', halfTextured],
    ['a product on clipped white', cutFromWhite],
  ])('finds the sigma within 8 %% on %s', (_, paint) => {
    expect(estimateNoise(paintRaster(640, 480, paint))).toBeLessThan(0.3);
    for (const sigma of [5, 15, 25]) {
      const found = estimateNoise(paintRaster(640, 480, paint, sigma, sigma));
      expect(abs(found - sigma) / sigma).toBeLessThan(0.08);
    }
  });

  it('finds it in grey rasters too', () => {
    const noisy = paintRaster(300, 300, slopes, 10);
    const grey = { ...createRaster(300, 300, 1), data: noisy.data.filter((_, i) => i % 3 === 1) };
    expect(abs(estimateNoise(grey) - 10)).toBeLessThan(1);
  });

  it('gives 0 for pictures too small to tell and for wholly clipped ones', () => {
    expect(estimateNoise(paintRaster(15, 400, slopes, 20))).toBe(0);
    expect(estimateNoise(paintRaster(64, 64, () => [255, 255, 255]))).toBe(0);
    expect(estimateNoise(paintRaster(16, 16, () => [9, 9, 9]))).toBe(0);
  });
});
