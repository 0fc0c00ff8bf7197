import { unhurried } from './matting/reference-pictures';
import { createRaster } from './raster';
import { applyGain, measureShadow, retinexGain } from './retinex';
import { meanDifference, type Paint, paintRaster } from './synthetic-pictures';

const { abs, exp, floor, hypot } = Math;

const WIDTH = 900;
const HEIGHT = 675;
/** A black bottle with a white label and black print, and a soft shadow falling to its right. */
const inProduct = (x: number, y: number) => x > 300 && x < 450 && y > 150 && y < 520;
const inPrint = (x: number, y: number) => x > 340 && x < 410 && y > 300 && y < 320;
const inLabel = (x: number, y: number) => x > 320 && x < 430 && y > 260 && y < 380;
const productColour: Paint = (x, y) => (inLabel(x, y) && !inPrint(x, y) ? [235, 235, 230] : [28, 30, 34]);
const shadow = (x: number, y: number) => {
  const d = hypot((x - 470) / 190, (y - 500) / 90);
  return 1 - 0.45 * exp(-(d ** 4));
};
const backdrop: Paint = (x, y) => [232 - y / 90, 230 - y / 90, 226 - x / 90];
const lit: Paint = (x, y) => (inProduct(x, y) ? productColour(x, y) : backdrop(x, y));
const shaded: Paint = (x, y) => {
  const [r, g, b] = backdrop(x, y);
  const k = shadow(x, y);
  return inProduct(x, y) ? productColour(x, y) : [r * k, g * k, b * k];
};
const at = (index: number): [number, number] => {
  const pixel = floor(index / 3);
  return [pixel % WIDTH, floor(pixel / WIDTH)];
};
const isProduct = (index: number) => inProduct(...at(index));
const isShadow = (index: number) => !isProduct(index) && shadow(...at(index)) < 0.95;
const isLit = (index: number) => !isProduct(index) && shadow(...at(index)) > 0.998;

const truth = paintRaster(WIDTH, HEIGHT, lit);
const before = paintRaster(WIDTH, HEIGHT, shaded, 1.5);

describe('retinexGain and applyGain', () => {
  let after: Uint8Array;
  beforeAll(async () => {
    after = await lift(before.data.slice());
  });

  it('takes at least two thirds of a known soft shadow away', () => {
    expect(meanDifference(before.data, truth.data, isShadow)).toBeGreaterThan(40);
    expect(meanDifference(after, truth.data, isShadow)).toBeLessThan(
      meanDifference(before.data, truth.data, isShadow) / 3,
    );
  });

  it('changes the lit backdrop by less than one step in 255', () => {
    expect(meanDifference(after, before.data, isLit)).toBeLessThan(1);
  });

  it('leaves the dark product and its print dark', () => {
    expect(abs(mean(after, isProduct) - mean(before.data, isProduct))).toBeLessThan(2);
    const isBlackPrint = (index: number) => inPrint(...at(index));
    expect(abs(mean(after, isBlackPrint) - mean(before.data, isBlackPrint))).toBeLessThan(2);
  });

  it('keeps the colour: one gain for all three channels', async () => {
    const tinted = paintRaster(WIDTH, HEIGHT, (x, y) => {
      const k = shadow(x, y);
      return [200 * k, 120 * k, 90 * k];
    });
    const ratio = (data: Uint8Array) => mean(data, (i) => i % 3 === 0) / mean(data, (i) => i % 3 === 2);
    expect(ratio(await lift(tinted.data.slice()))).toBeCloseTo(ratio(tinted.data), 1);
  });

  it('does nothing at strength 0 and half the lift at 0.5', async () => {
    expect(meanDifference(await lift(before.data.slice(), 0), before.data)).toBe(0);
    const inCore = (index: number) => !isProduct(index) && shadow(...at(index)) < 0.6;
    const full = mean(after, inCore) - mean(before.data, inCore);
    const half = mean(await lift(before.data.slice(), 0.5), inCore) - mean(before.data, inCore);
    expect(full).toBeGreaterThan(40);
    expect(half / full).toBeGreaterThan(0.4);
    expect(half / full).toBeLessThan(0.6);
  });

  it('leaves a grey product with sharp edges alone though it has the colour of a shadow', async () => {
    const grey = paintRaster(
      600,
      450,
      (x, y) => (x > 200 && x < 400 && y > 120 && y < 350 ? [150, 150, 148] : [235, 235, 232]),
      1,
    );
    const original = grey.data.slice();
    await applyGain(grey, await retinexGain(grey, unhurried), unhurried);
    expect(meanDifference(grey.data, original)).toBeLessThan(0.3);
  });

  it('never bleaches a product, however like the shadow it is in colour and brightness', async () => {
    for (const grey of [100, 150, 180]) {
      const inBox = (x: number, y: number) => x > 150 && x < 225 && y > 75 && y < 260;
      const photo = paintRaster(450, 338, (x, y) => {
        const k = shadow(2 * x, 2 * y);
        return inBox(x, y) ? [grey, grey, grey - 2] : [232 * k, 230 * k, 226 * k];
      });
      const original = photo.data.slice();
      await applyGain(photo, await retinexGain(photo, unhurried), unhurried);
      const isBox = (index: number) => inBox(floor(index / 3) % 450, floor(index / 1350));
      expect(meanDifference(photo.data, original, isBox)).toBeLessThan(2);
    }
  });

  it('takes grey rasters, single pixels and black pictures without change', async () => {
    for (const raster of [createRaster(1, 1, 3), createRaster(300, 2, 1), createRaster(64, 48, 3)]) {
      await applyGain(raster, await retinexGain(raster, unhurried), unhurried);
      expect(raster.data.every((value) => value === 0)).toBe(true);
      expect(await measureShadow(raster, unhurried)).toBe(0);
    }
  });
});

describe('measureShadow', () => {
  it('grows with the shadow and is near zero without one', async () => {
    const none = await measureShadow(paintRaster(WIDTH, HEIGHT, lit, 1.5), unhurried);
    const some = await measureShadow(before, unhurried);
    expect(none).toBeLessThan(0.004);
    expect(some).toBeGreaterThan(0.02);
    expect(some).toBeLessThan(1);
  });

  it('is zero where there is no studio backdrop', async () => {
    const street = paintRaster(400, 300, (x, y) => {
      const stone = floor(x / 9) * 37 + floor(y / 7) * 91;
      return [(stone * 13) % 256, (stone * 29) % 256, (stone * 53) % 256];
    });
    expect(await measureShadow(street, unhurried)).toBe(0);
  });
});

async function lift(data: Uint8Array, strength = 1): Promise<Uint8Array> {
  const raster = { width: WIDTH, height: HEIGHT, channels: 3 as const, data };
  await applyGain(raster, await retinexGain(raster, unhurried, strength), unhurried);
  return data;
}

function mean(data: Uint8Array, where: (index: number) => boolean): number {
  let sum = 0;
  let count = 0;
  data.forEach((value, i) => {
    if (!where(i)) return;
    sum += value;
    count++;
  });
  return sum / count;
}
