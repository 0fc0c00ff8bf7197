import { paintRaster } from '../synthetic-pictures';
import { unhurried } from './reference-pictures';
import { BACKGROUND, FOREGROUND, UNKNOWN } from './trimap';
import { cropProblem, findBand, pasteAlpha, shrinkProblem } from './unknown-band';

const size = { width: 8, height: 6 };
const photo = paintRaster(8, 6, (x, y) => [x, y, 0]);
const trimap = new Uint8Array(48).fill(BACKGROUND);
trimap[2 * 8 + 3] = UNKNOWN;
trimap[3 * 8 + 5] = UNKNOWN;
trimap[0] = FOREGROUND;

describe('the band of a trimap', () => {
  it('is boxed with its margin, inside the picture, and counted', () => {
    expect(findBand(trimap, size, 1)).toEqual({
      ...{ unknown: 2, foreground: 1, background: 45 },
      box: { left: 2, top: 1, width: 5, height: 4 },
    });
    expect(findBand(trimap, size, 50).box).toEqual({ left: 0, top: 0, ...size });
    expect(findBand(new Uint8Array(48), size, 9).box).toMatchObject({ width: 0, height: 0 });
  });

  it('is cut out of picture and trimap', () => {
    const cropped = cropProblem(photo, trimap, { left: 2, top: 1, width: 5, height: 4 });
    expect([...cropped.photo.data.subarray(0, 3)]).toEqual([2, 1, 0]);
    expect([...cropped.photo.data.subarray(57)]).toEqual([6, 4, 0]);
    expect(cropped.trimap[1 * 5 + 1]).toBe(UNKNOWN);
    expect([...cropProblem(photo, trimap, { left: 0, top: 5, width: 8, height: 1 }).photo.data.subarray(0, 3)]).toEqual(
      [0, 5, 0],
    );
  });

  it('stays open wherever a smaller pixel covers anything open or two kinds', async () => {
    const half = (await shrinkProblem(photo, trimap, 4, 3, unhurried)).trimap;
    expect([...half]).toEqual([UNKNOWN, 0, 0, 0, 0, UNKNOWN, UNKNOWN, 0, 0, 0, 0, 0]);
  });

  it('alone takes the solved alpha; what is known becomes what it is known to be', () => {
    const alpha = new Uint8Array(48).fill(99);
    pasteAlpha(alpha, trimap, size, {
      alpha: Uint8Array.from({ length: 20 }, (_, i) => 100 + i),
      box: { left: 2, top: 1, width: 5, height: 4 },
    });
    expect([alpha[0], alpha[1], alpha[2 * 8 + 3], alpha[3 * 8 + 5]]).toEqual([255, 0, 106, 113]);
  });
});
