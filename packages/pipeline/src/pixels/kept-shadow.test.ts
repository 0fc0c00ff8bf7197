import { layUnder, ownShadow } from './kept-shadow';
import { createPlane, type Plane } from './plane';
import { createRaster, type Raster } from './raster';

const [WIDTH, HEIGHT] = [160, 120];
const DEPTH = 0.4;
const pace = async () => undefined;

/** A blue box on a light ground; its shadow to the right touches it, another one, at the left, does not. */
function scene(): { photo: Raster; alpha: Uint8Array; mask: Plane } {
  const photo = createRaster(WIDTH, HEIGHT, 3);
  const alpha = new Uint8Array(WIDTH * HEIGHT);
  const mask = createPlane(WIDTH, HEIGHT);
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i++) {
      const inBox = x >= 70 && x < 100 && y >= 40 && y < 90;
      const inOwn = x >= 100 && x < 130 && y >= 70 && y < 90;
      const inOther = x >= 10 && x < 40 && y >= 70 && y < 90;
      if (inBox) alpha[i] = 255;
      if (inOwn || inOther) mask.data[i] = 1;
      const ground = Math.round(220 * (inOwn || inOther ? 1 - DEPTH : 1));
      photo.data.set(inBox ? [20, 40, 160] : [ground, ground, ground], 3 * i);
    }
  }
  return { photo, alpha, mask };
}

const at = (x: number, y: number) => y * WIDTH + x;

describe('the shadow that a cut-out takes along', () => {
  it('is as dark as the ground is darker there than in the light', async () => {
    const { photo, alpha, mask } = scene();
    expect((await ownShadow(photo, alpha, mask, pace)).data[at(105, 80)]).toBeCloseTo(DEPTH, 1);
  });

  it('is the product’s own: one that does not touch it stays behind, and so does the lit ground', async () => {
    const { photo, alpha, mask } = scene();
    const darkness = await ownShadow(photo, alpha, mask, pace);
    expect(darkness.data[at(25, 80)]).toBe(0);
    expect(darkness.data[at(115, 30)]).toBeLessThan(0.01);
  });

  it('is black with an alpha, and leaves the product alone', async () => {
    const { photo, alpha, mask } = scene();
    await layUnder(photo, alpha, await ownShadow(photo, alpha, mask, pace), pace);
    expect(Math.abs((alpha[at(105, 80)] ?? 0) - 255 * DEPTH)).toBeLessThan(16);
    expect([...photo.data.subarray(3 * at(105, 80), 3 * at(105, 80) + 3)]).toEqual([0, 0, 0]);
    expect(alpha[at(85, 60)]).toBe(255);
    expect([...photo.data.subarray(3 * at(85, 60), 3 * at(85, 60) + 3)]).toEqual([20, 40, 160]);
    expect(alpha[at(25, 80)]).toBe(0);
  });

  it('has no bright line between itself and a product with a soft edge', async () => {
    const { photo, alpha, mask } = scene();
    for (let y = 70; y < 90; y++) alpha[at(99, y)] = 128;
    await layUnder(photo, alpha, await ownShadow(photo, alpha, mask, pace), pace);
    const covered = (alpha[at(99, 80)] ?? 0) / 255;
    expect(covered).toBeGreaterThan(0.5 + 0.5 * DEPTH * 0.7);
  });
});
