import { createPace, createPlane, createRaster, type Raster } from '../pixels';
import { applyColourGain } from '../pixels/colour-gain';
import type { Tensor } from '../runtime/session';
import { networkInCode, recordInCode } from '../testing/network-in-code';
import { findShadow, findsShadows } from './lift-shadow';

const pace = createPace(new AbortController().signal);
const SIDE = 64;
const LIGHT = 0.5;

const record = recordInCode(
  'shadow',
  {
    inputs: [{ role: 'image', name: 'rgb', dims: [1, 3, SIDE, SIDE] }],
    outputs: [{ role: 'gain', name: 'gain', dims: [1, 3, SIDE, SIDE] }],
  },
  { size: { policy: 'stretch', width: SIDE, height: SIDE, resample: 'area' } },
);

/** Finely textured ground whose right half lies in shadow, and the same in the light. */
function scene(width: number, height: number): { photo: Raster; lit: Raster } {
  const [photo, lit] = [createRaster(width, height, 3), createRaster(width, height, 3)];
  for (let i = 0; i < 3 * width * height; i++) {
    const x = Math.trunc(i / 3) % width;
    lit.data[i] = 150 + (((i * 7) % 11) - 5) * 6;
    photo.data[i] = Math.round((lit.data[i] as number) * (x >= width / 2 ? LIGHT : 1));
  }
  return { photo, lit };
}

/** Factors for the right half, whatever is there. */
function rightHalf([image]: Tensor[]): Tensor {
  if (image === undefined) throw new Error('a picture is expected');
  return { ...image, data: image.data.map((_, i) => (i % SIDE >= SIDE / 2 ? 1 / LIGHT : 1)) };
}

async function lift(photo: Raster, strength = 1, answer = rightHalf): Promise<number> {
  const { gain, darkening } = await findShadow(networkInCode(record, answer), photo, null, pace);
  await applyColourGain(photo, gain, strength, pace);
  return darkening;
}

function meanDifference(a: Raster, b: Raster, from: number, to: number): number {
  let [sum, count] = [0, 0];
  a.data.forEach((value, i) => {
    const x = Math.trunc(i / 3) % a.width;
    if (x < from || x >= to) return;
    sum += Math.abs(value - (b.data[i] as number));
    count++;
  });
  return sum / count;
}

describe('a network that answers factors', () => {
  it('is told from one that answers pictures by its record', () => {
    const picture = structuredClone(record);
    for (const output of picture.graphs.main?.outputs ?? []) output.role = 'image';
    expect([findsShadows(record), findsShadows(picture)]).toEqual([true, false]);
  });

  it.each([
    ['landscape', 640, 400],
    ['portrait', 300, 520],
    ['smaller than the network', 48, 40],
  ])('lifts a shadow with all its texture: %s', async (_, width, height) => {
    const { photo, lit } = scene(width, height);
    expect(await lift(photo)).toBeCloseTo(LIGHT / 2, 2);
    expect(meanDifference(photo, lit, width * 0.6, width)).toBeLessThan(2);
    expect(meanDifference(photo, lit, 0, width * 0.4)).toBe(0);
  });

  it('goes half the way at half the strength', async () => {
    const { photo, lit } = scene(400, 300);
    const before = meanDifference(photo, lit, 240, 400);
    await lift(photo, 0.5);
    expect(meanDifference(photo, lit, 240, 400) / before).toBeCloseTo(0.5, 1);
  });

  it('lifts nothing outside of what was pointed at', async () => {
    const { photo, lit } = scene(400, 300);
    const mask = createPlane(40, 30);
    for (let i = 0; i < mask.data.length; i++) if (i % 40 >= 20 && i < 600) mask.data[i] = 1;
    const { gain } = await findShadow(networkInCode(record, rightHalf), photo, mask, pace);
    await applyColourGain(photo, gain, 1, pace);
    const upper = { ...photo, height: 90, data: photo.data.subarray(0, 90 * 1200) };
    const lower = { ...photo, height: 60, data: photo.data.subarray(240 * 1200) };
    expect(meanDifference(upper, { ...lit, data: lit.data }, 240, 400)).toBeLessThan(2);
    expect(Math.max(...lower.data.filter((_, i) => Math.trunc(i / 3) % 400 >= 240))).toBeLessThan(100);
  });

  it('leaves a photo as it is where it finds next to nothing, or would darken', async () => {
    for (const factor of [1.009, 0.5]) {
      const { photo } = scene(200, 150);
      const before = photo.data.slice();
      await lift(photo, 1, ([image]) => {
        if (image === undefined) throw new Error('a picture is expected');
        return { ...image, data: image.data.map(() => factor) };
      });
      expect(Buffer.compare(photo.data, before)).toBe(0);
    }
  });
});
