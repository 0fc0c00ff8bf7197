import { colourCells, weightedHistogram } from './colour-histogram';
import { toLab } from './lab';
import { randomColours } from './synthetic-pictures';

describe('weightedHistogram', () => {
  const cells = colourCells(toLab(randomColours(30, 20, 1)));

  it('sums to one, whatever the weights', () => {
    const weights = Float32Array.from({ length: 600 }, (_, i) => (i % 7) * 3.5);
    const histogram = weightedHistogram(cells, weights);
    expect(histogram.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
    expect(Math.min(...histogram)).toBeGreaterThanOrEqual(0);
  });

  it('is zero everywhere when nothing has weight', () => {
    expect(weightedHistogram(cells, new Float32Array(600)).every((share) => share === 0)).toBe(true);
  });

  it('peaks at the only colour there is and gives some weight to its neighbours', () => {
    const cell = (5 * 14 + 6) * 14 + 7;
    const histogram = weightedHistogram(Uint16Array.of(cell), Float32Array.of(2));
    expect(histogram.indexOf(Math.max(...histogram))).toBe(cell);
    expect(histogram[cell + 1]).toBeGreaterThan(0.02);
    expect(histogram[cell + 14 * 14]).toBeCloseTo(histogram[cell + 1] as number, 6);
  });

  it('keeps the weight of the extreme bins inside the cube', () => {
    const histogram = weightedHistogram(Uint16Array.of(0, 14 ** 3 - 1), Float32Array.of(1, 1));
    expect(histogram.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });
});
