import { cutoutConfidence } from './confidence';
import { paintPlane } from './synthetic-pictures';

/** A tenth of the picture is product, and `unsure` of its hundred columns are at one half minus a little. */
const alphaWith = (unsure: number) =>
  paintPlane(100, 100, (x) => {
    if (x < 10) return 1;
    return x < 10 + unsure ? 0.49 : 0;
  });

describe('cutoutConfidence', () => {
  it('is 1 for a network that is sure everywhere, one half where as much is unsure as is product', () => {
    expect(cutoutConfidence(alphaWith(0))).toBe(1);
    expect(cutoutConfidence(alphaWith(10))).toBeCloseTo(0.5);
  });

  it('falls as more is unsure, and stays within 0..1', () => {
    const values = [0, 1, 5, 20, 90].map((unsure) => cutoutConfidence(alphaWith(unsure)));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(values.at(-1)).toBeGreaterThan(0);
  });

  it('is 0 where there is no product', () => {
    expect(cutoutConfidence(paintPlane(8, 8, () => 0.3))).toBe(0);
    expect(cutoutConfidence(paintPlane(8, 8, () => 0))).toBe(0);
  });

  it('takes no speck for sure because its edge is short', () => {
    const speck = paintPlane(100, 100, (x, y) => (y < 2 && x < 4 ? (x < 2 ? 1 : 0.4) : 0));
    expect(cutoutConfidence(speck)).toBeGreaterThan(0.99);
  });
});
