import { createPace, createRaster } from '../pixels';
import { place } from './place';

const pace = createPace(new AbortController().signal);
const box = (left: number, top: number, width: number, height: number) => ({ left, top, width, height });

/** A red half that shows, and a green one that does not. */
function halves(width: number, height: number) {
  const colour = createRaster(width, height, 3);
  const matte = new Uint8Array(width * height);
  for (let i = 0; i < matte.length; i++) {
    const shows = i % width < width / 2;
    colour.data.set(shows ? [200, 0, 0] : [0, 255, 0], 3 * i);
    matte[i] = shows ? 255 : 0;
  }
  return { colour, matte };
}

describe('a picture that is placed', () => {
  it('as it is costs no copy', async () => {
    const { colour, matte } = halves(8, 6);
    const placed = await place(
      colour,
      matte,
      { canvas: colour, source: box(0, 0, 8, 6), placed: box(0, 0, 8, 6) },
      pace,
    );
    expect(placed.colour).toBe(colour);
    expect(placed.matte).toBe(matte);
  });

  it('elsewhere in its own size is the same, byte for byte, and nothing shows around it', async () => {
    const { colour, matte } = halves(8, 6);
    const layout = { canvas: { width: 12, height: 10 }, source: box(2, 1, 4, 4), placed: box(5, 3, 4, 4) };
    const placed = await place(colour, matte, layout, pace);
    expect([...placed.matte.subarray(3 * 12, 4 * 12)]).toEqual([0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0]);
    expect([...placed.colour.data.subarray(3 * (3 * 12 + 5), 3 * (3 * 12 + 6))]).toEqual([200, 0, 0]);
    expect(placed.matte.reduce((sum, value) => sum + value, 0)).toBe(2 * 4 * 255);
  });

  it.each([
    ['smaller', 10, 6],
    ['larger', 160, 96],
  ])('%s has no colour of what the matte hides', async (_, width, height) => {
    const { colour, matte } = halves(40, 24);
    const layout = { canvas: { width, height }, source: box(0, 0, 40, 24), placed: box(0, 0, width, height) };
    const placed = await place(colour, matte, layout, pace);
    for (let i = 0; i < placed.matte.length; i++) {
      if ((placed.matte[i] as number) < 8) continue;
      expect(
        [...placed.colour.data.subarray(3 * i, 3 * i + 3)].map(
          (value, c) => Math.abs(value - ([200, 0, 0][c] ?? 0)) <= 1,
        ),
      ).toEqual([true, true, true]);
    }
    const shown = placed.matte.reduce((sum, value) => sum + value, 0) / 255 / (width * height);
    expect(shown).toBeCloseTo(0.5, 2);
  });

  it('beyond the canvas is cut off on every side', async () => {
    const { colour, matte } = halves(8, 8);
    const layout = { canvas: { width: 4, height: 4 }, source: box(0, 0, 8, 8), placed: box(-2, -2, 8, 8) };
    const placed = await place(colour, matte, layout, pace);
    expect([...placed.matte]).toEqual(Array.from({ length: 4 }, () => [255, 255, 0, 0]).flat());
  });
});
