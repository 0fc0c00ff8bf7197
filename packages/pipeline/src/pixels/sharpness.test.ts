import { createProductShot } from '../bench/product-shot';
import { sharp } from '../image/loaders';
import { unhurried } from './matting/reference-pictures';
import { createRaster, type Raster } from './raster';
import { measureSharpness } from './sharpness';

const LENGTH = 13;

async function blurred(photo: Raster, sigma: number): Promise<Raster> {
  const { width, height, channels } = photo;
  const data = await sharp(photo.data, { raw: { width, height, channels } }).blur(sigma).raw().toBuffer();
  return { width, height, channels, data };
}

/** Twice the size. */
async function doubled({ width, height, channels, data }: Raster): Promise<Raster> {
  const image = sharp(data, { raw: { width, height, channels } }).resize(width * 2, height * 2, { kernel: 'nearest' });
  return { width: width * 2, height: height * 2, channels, data: await image.raw().toBuffer() };
}

/** The mean along a line of LENGTH pixels that goes down so many rows a column. */
async function moved({ width, height, channels, data }: Raster, slope: number): Promise<Raster> {
  const kernel = Array.from({ length: LENGTH ** 2 }, (_, i) => {
    const [x, y] = [(i % LENGTH) - (LENGTH - 1) / 2, Math.trunc(i / LENGTH) - (LENGTH - 1) / 2];
    return (slope === Number.POSITIVE_INFINITY ? x === 0 : y === slope * x) ? 1 : 0;
  });
  const image = sharp(data, { raw: { width, height, channels } }).convolve({ width: LENGTH, height: LENGTH, kernel });
  return { width, height, channels, data: await image.raw().toBuffer() };
}

it('falls with every blur, and is the same for a larger picture of the same', async () => {
  const photo = await doubled(createProductShot(512, 384, 0).photo);
  const measured: number[] = [];
  for (const sigma of [0.5, 1, 2, 4]) {
    const soft = await blurred(photo, sigma);
    const sharpness = (await measureSharpness(soft, unhurried)) ?? Number.NaN;
    expect(((await measureSharpness(await doubled(soft), unhurried)) ?? Number.NaN) / sharpness).toBeCloseTo(1, 1);
    measured.push(sharpness);
  }
  expect(measured).toEqual([...measured].sort((a, b) => b - a));
});

it('is that of the sharpest parts: a soft backdrop behind a sharp product does not count', async () => {
  const photo = await doubled(createProductShot(512, 384, 0).photo);
  const soft = await blurred(photo, 4);
  const half = { ...soft, data: Uint8Array.from(soft.data) };
  half.data.set(photo.data.subarray(0, photo.data.length / 2));
  const sharpHalf = (await measureSharpness(half, unhurried)) ?? Number.NaN;
  expect(sharpHalf).toBeGreaterThan(10 * ((await measureSharpness(soft, unhurried)) ?? Number.NaN));
});

it('falls by motion in any direction, although edges along the motion stay sharp', async () => {
  const photo = await doubled(createProductShot(512, 384, 0).photo);
  const sharpness = (await measureSharpness(photo, unhurried)) ?? Number.NaN;
  for (const slope of [0, Number.POSITIVE_INFINITY, 1, -1]) {
    const blurry = (await measureSharpness(await moved(photo, slope), unhurried)) ?? Number.NaN;
    expect(blurry).toBeLessThan(sharpness / 5);
  }
});

it.each([
  [1, 1],
  [20, 500],
  [400, 300],
])('judges nothing by an empty picture of %i x %i', async (width, height) => {
  expect(await measureSharpness(createRaster(width, height, 3), unhurried)).toBeNull();
});
