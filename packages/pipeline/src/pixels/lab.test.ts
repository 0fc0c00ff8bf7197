import { toLab } from './lab';
import { createPlane } from './plane';

describe('toLab', () => {
  // CIE L*a*b* under D65, as colour calculators give it.
  it.each([
    ['white', [1, 1, 1], [100, 0, 0]],
    ['black', [0, 0, 0], [0, 0, 0]],
    ['middle grey', [0.5, 0.5, 0.5], [53.39, 0, 0]],
    ['red', [1, 0, 0], [53.24, 80.09, 67.2]],
    ['green', [0, 1, 0], [87.73, -86.18, 83.18]],
    ['blue', [0, 0, 1], [32.3, 79.19, -107.86]],
  ])('agrees with the CIE figures for %s', (_, rgb, expected) => {
    const [r, g, b] = rgb as [number, number, number];
    const lab = toLab([createPlane(1, 1, r), createPlane(1, 1, g), createPlane(1, 1, b)]);
    lab.forEach((plane, i) => {
      expect(Math.abs((plane.data[0] as number) - (expected[i] as number))).toBeLessThan(0.05);
    });
  });
});
