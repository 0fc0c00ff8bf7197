import { createRaster } from '../raster';
import { meanDifference } from '../synthetic-pictures';
import { closedFormMatting } from './closed-form';
import { REFERENCE_NAMES, referenceBytes, referenceColour, unhurried } from './reference-pictures';
import { BACKGROUND, FOREGROUND, UNKNOWN } from './trimap';

const context = { pace: unhurried, progress: () => undefined, onReduced: () => undefined };

describe('closedFormMatting', () => {
  it.each(REFERENCE_NAMES)(
    'equals the reference implementation on %s, to half a step of 8 bits on the mean',
    async (name) => {
      const photo = await referenceColour(name, 'photo');
      const [trimap, alpha, reference] = (await Promise.all(
        ['trimap', 'coarse', 'closed-form'].map((what) => referenceBytes(name, what)),
      )) as [Uint8Array, Uint8Array, Uint8Array];
      const open = (i: number) => trimap[i] === UNKNOWN;
      expect(meanDifference(alpha, reference, open)).toBeGreaterThan(10);
      await closedFormMatting(photo, trimap, alpha, context);
      expect(meanDifference(alpha, reference, open)).toBeLessThan(0.5);
      expect(meanDifference(alpha, reference, (i) => !open(i))).toBe(0);
    },
  );

  it('solves a large band smaller, says so, and stays close to the truth', async () => {
    const photo = await referenceColour('leaf', 'photo');
    const [trimap, alpha, truth] = (await Promise.all(
      ['trimap', 'coarse', 'alpha'].map((what) => referenceBytes('leaf', what)),
    )) as [Uint8Array, Uint8Array, Uint8Array];
    const open = (i: number) => trimap[i] === UNKNOWN;
    const before = meanDifference(alpha, truth, open);
    const scales: number[] = [];
    await closedFormMatting(photo, trimap, alpha, { ...context, onReduced: (scale) => scales.push(scale) }, 1500);
    expect(scales).toHaveLength(1);
    expect(meanDifference(alpha, truth, open)).toBeLessThan(before / 2);
    expect(meanDifference(alpha, truth, (i) => !open(i))).toBeLessThan(1);
  });

  it('reports progress that never falls, and ends with the reason of the signal', async () => {
    const photo = await referenceColour('hair', 'photo');
    const [trimap, alpha] = [await referenceBytes('hair', 'trimap'), await referenceBytes('hair', 'coarse')];
    const told: number[] = [];
    await closedFormMatting(photo, trimap, alpha.slice(), { ...context, progress: (fraction) => told.push(fraction) });
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(Math.max(...told)).toBeLessThanOrEqual(1);
    const reason = new Error('enough');
    const stopping = { ...context, pace: () => Promise.reject(reason) };
    await expect(closedFormMatting(photo, trimap, alpha, stopping)).rejects.toBe(reason);
  });

  it('gives uniform, grey and tiny pictures an alpha between their known ends', async () => {
    for (const raster of [createRaster(9, 9, 3), createRaster(9, 9, 1), createRaster(9, 1, 3), createRaster(9, 2, 3)]) {
      const trimap = new Uint8Array(raster.width * raster.height).map((_, i) =>
        i % 9 < 2 ? BACKGROUND : i % 9 > 6 ? FOREGROUND : UNKNOWN,
      );
      const alpha = new Uint8Array(trimap.length).fill(77);
      await closedFormMatting(raster, trimap, alpha, context);
      expect([...alpha.subarray(0, 2), ...alpha.subarray(7, 9)]).toEqual([0, 0, 255, 255]);
      expect(alpha.every((value) => value >= 0 && value <= 255)).toBe(true);
    }
  });
});
