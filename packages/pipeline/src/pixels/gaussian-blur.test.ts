import { gaussianBlur, gaussianKernel } from './gaussian-blur';
import { createPlane, planeMean } from './plane';
import { paintPlane, randomPlane } from './synthetic-pictures';

describe('gaussianBlur', () => {
  it.each([0.7, 2, 3.9, 4.1, 8, 20])('spreads a point with the asked variance at sigma %d', (sigma) => {
    const size = 201;
    const centre = 100;
    const point = paintPlane(size, size, (x, y) => (x === centre && y === centre ? 1 : 0));
    const { data } = gaussianBlur(point, sigma);
    let mass = 0;
    let variance = 0;
    data.forEach((value, i) => {
      mass += value;
      variance += value * ((i % size) - centre) ** 2;
    });
    expect(mass).toBeCloseTo(1, 3);
    expect(Math.sqrt(variance / mass) / sigma).toBeGreaterThan(0.97);
    expect(Math.sqrt(variance / mass) / sigma).toBeLessThan(1.03);
  });

  it('stays near the true Gaussian where it uses boxes', () => {
    const sigma = 10;
    const step = gaussianBlur(
      paintPlane(300, 1, (x) => (x < 150 ? 0 : 1)),
      sigma,
    );
    const truth = gaussianKernel(sigma);
    let cumulative = 0;
    const middle = 150 - (truth.length >> 1);
    truth.forEach((weight, i) => {
      cumulative += weight;
      expect(Math.abs((step.data[middle + i] as number) - cumulative)).toBeLessThan(0.02);
    });
  });

  it('keeps the mean of any plane, the borders being mirrored', () => {
    for (const sigma of [0, 0.5, 3, 30, 250]) {
      const plane = randomPlane(40, 25, 5);
      expect(planeMean(gaussianBlur(plane, sigma))).toBeCloseTo(planeMean(plane), 2);
    }
    expect(gaussianBlur(createPlane(3, 3, 0.6), 94).data.every((value) => Math.abs(value - 0.6) < 1e-5)).toBe(true);
  });
});
