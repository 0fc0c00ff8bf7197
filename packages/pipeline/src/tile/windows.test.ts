import { planFixedSpans, planSpans, reflect } from './windows';

const tilings = [
  { tile: 128, overlap: 16, multiple: 8 },
  { tile: 192, overlap: 48, multiple: 16 },
  { tile: 512, overlap: 32, multiple: 8 },
  { tile: 64, overlap: 0, multiple: 1 },
];
const lengths = [1, 2, 7, 8, 63, 64, 65, 96, 97, 127, 128, 129, 130, 200, 447, 448, 449, 1000, 1001, 4095, 16_384];
const cases = tilings.flatMap((tiling) => lengths.map((length) => ({ ...tiling, length })));

describe.each(cases)('an axis of $length pixels in tiles of $tile, overlap $overlap, multiple $multiple', (given) => {
  const spans = planSpans(given.length, given);

  it('is kept once, without a gap', () => {
    let at = 0;
    for (const span of spans) {
      expect(span.from).toBe(at);
      expect(span.to).toBeGreaterThan(span.from);
      at = span.to;
    }
    expect(at).toBe(given.length);
  });

  it('keeps only pixels that are an overlap away from the ends of their span', () => {
    for (const { start, length, from, to } of spans) {
      expect(from - start).toBeGreaterThanOrEqual(given.overlap);
      expect(start + length - to).toBeGreaterThanOrEqual(given.overlap);
    }
  });

  it('has spans of one length within the tile, on the grid of the net', () => {
    for (const { start, length } of spans) {
      expect(length).toBe(spans[0]?.length);
      expect(length).toBeLessThanOrEqual(given.tile);
      expect(length % given.multiple).toBe(0);
      expect((start + given.overlap) % given.multiple).toBe(0);
    }
  });
});

describe.each([
  { tile: 256, overlap: 32, multiple: 16 },
  { tile: 384, overlap: 32, multiple: 16 },
])('an axis in fixed tiles of $tile', (given) => {
  it.each([1, 16, 17, 31, 32, 255, 256, 257, 383, 384, 385, 500, 768, 1000, 4095])('of %i pixels', (length) => {
    const spans = planFixedSpans(length, given);
    const side = spans[0]?.length ?? 0;
    expect(side).toBe(Math.min(given.tile, Math.ceil(length / 16) * 16));
    let at = 0;
    for (const [i, { start, length: side, from, to }] of spans.entries()) {
      expect(side).toBe(spans[0]?.length);
      // Within the picture: what is mirrored would weigh in where a net averages over its tile.
      expect(start).toBeGreaterThanOrEqual(0);
      if (spans.length > 1) expect(start + side).toBeLessThanOrEqual(length);
      const next = spans[i + 1];
      if (next !== undefined) expect(start + side - next.start).toBeGreaterThanOrEqual(given.overlap);
      expect(from).toBe(at);
      at = to;
    }
    expect(at).toBe(length);
  });
});

it('spreads fixed tiles evenly, the last pushed back inside', () => {
  const starts = (length: number, tile: number) =>
    planFixedSpans(length, { tile, overlap: 32, multiple: 16 }).map(({ start }) => start);
  expect(starts(1000, 384)).toEqual([0, 308, 616]);
  expect(starts(480, 256)).toEqual([0, 224]);
  expect(starts(200, 256)).toEqual([0]);
});

it('needs few shapes whatever the size', () => {
  const shapes = new Set<number>();
  for (let length = 1; length < 3000; length++) {
    shapes.add(planSpans(length, { tile: 512, overlap: 32, multiple: 8 })[0]?.length ?? 0);
  }
  expect(shapes.size).toBeLessThanOrEqual(15);
});

it('mirrors positions beyond an axis without repeating its ends', () => {
  expect([-3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((at) => reflect(at, 3))).toEqual([1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
  expect([-2, 0, 5].map((at) => reflect(at, 1))).toEqual([0, 0, 0]);
});
