import { connectedRegions } from './regions';
import { createRandom } from './synthetic-pictures';

describe('connectedRegions', () => {
  it('separates regions that only touch at a corner and says which reach the border', () => {
    const picture = ['.......', '.##....', '.##....', '...#...', '......#'].join('');
    const regions = connectedRegions(7, 5, (i) => picture[i] === '#');
    expect(regions.map(({ pixels, touchesBorder }) => [pixels.length, touchesBorder])).toEqual([
      [4, false],
      [1, false],
      [1, true],
    ]);
  });

  it('puts every inside pixel into exactly one region', () => {
    const random = createRandom(3);
    const inside = Array.from({ length: 50 * 40 }, () => random() < 0.55);
    const seen = new Map<number, number>();
    for (const { pixels } of connectedRegions(50, 40, (i) => inside[i] === true)) {
      for (const i of pixels) seen.set(i, (seen.get(i) ?? 0) + 1);
    }
    expect(seen.size).toBe(inside.filter(Boolean).length);
    expect([...seen.values()].every((count) => count === 1)).toBe(true);
  });

  it('takes a region as large as the picture', () => {
    const [region] = connectedRegions(700, 500, () => true);
    expect(region?.pixels).toHaveLength(350_000);
  });
});
