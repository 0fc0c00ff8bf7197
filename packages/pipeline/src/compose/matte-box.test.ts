import { createPace } from '../pixels';
import { matteBox } from './matte-box';

const pace = createPace(new AbortController().signal);

/** A matte with boxes of a value each: left, top, right, bottom (not included), value. */
function matteOf(width: number, height: number, ...boxes: [number, number, number, number, number][]): Uint8Array {
  const matte = new Uint8Array(width * height);
  for (const [left, top, right, bottom, value] of boxes) {
    for (let y = top; y < bottom; y++) matte.fill(value, y * width + left, y * width + right);
  }
  return matte;
}

describe.each([
  [200, 100, 1],
  [1400, 700, 7],
])('the box of a product in %i x %i pixels', (width, height, scale) => {
  const box = (...boxes: [number, number, number, number, number][]) => {
    const scaled = boxes.map(([a, b, c, d, value]) => [a * scale, b * scale, c * scale, d * scale, value] as const);
    return matteBox(
      matteOf(width, height, ...scaled.map((s) => [...s] as [number, number, number, number, number])),
      { width, height },
      pace,
    );
  };
  const pixels = (left: number, top: number, w: number, h: number) => ({
    left: left * scale,
    top: top * scale,
    width: w * scale,
    height: h * scale,
  });

  it('is exact to the pixel', async () => {
    expect(await box([20, 30, 120, 80, 255])).toEqual(pixels(20, 30, 100, 50));
  });

  it('holds all its parts', async () => {
    expect(await box([20, 30, 60, 80, 255], [90, 10, 130, 40, 255])).toEqual(pixels(20, 10, 110, 70));
  });

  it('leaves out specks, and what hardly shows', async () => {
    expect(await box([20, 30, 120, 80, 255], [190, 5, 192, 7, 255], [0, 95, 200, 100, 8])).toEqual(
      pixels(20, 30, 100, 50),
    );
  });

  it('is none where nothing shows', async () => {
    expect(await box([20, 30, 120, 80, 8])).toBeNull();
  });
});
