import sharp from 'sharp';
import { compareImages } from './golden';
import {
  cutOff,
  flatPhoto,
  ORIENTATIONS,
  orientedPhoto,
  productPhoto,
  transparentPhoto,
  UNUSUAL_ENCODINGS,
  unusualPhoto,
} from './images';
import { decodeRaw } from './raw-image';
import { renderScene } from './scene';

const EXACT = { maxDifference: 0, meanDifference: 0 };
const small = { width: 60, height: 40 };

describe('the test photos', () => {
  test('are the same at every call, and so is their noise', () => {
    expect(renderScene({ ...small, noiseSigma: 9 }).photo.data).toEqual(
      renderScene({ ...small, noiseSigma: 9 }).photo.data,
    );
    const [one, two] = [1, 2].map((seed) => renderScene({ ...small, noiseSigma: 9, seed }).photo.data);
    expect(one).not.toEqual(two);
  });

  test('have the noise that was asked for', () => {
    const clean = renderScene().photo.data;
    const noisy = renderScene({ noiseSigma: 5 }).photo.data;
    const squares = clean.reduce((sum, value, index) => sum + (value - (noisy[index] ?? 0)) ** 2, 0);
    expect(Math.sqrt(squares / clean.length)).toBeGreaterThan(4.5);
    expect(Math.sqrt(squares / clean.length)).toBeLessThan(5.5);
  });

  test('show no symmetry, so that a wrong turn is seen', () => {
    const { photo } = renderScene(small);
    const corner = (x: number, y: number) => photo.data.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3).join();
    expect(new Set([corner(0, 0), corner(59, 0), corner(0, 39), corner(59, 39)]).size).toBe(4);
  });

  test.each(ORIENTATIONS)('show the same picture whatever their orientation: %i', async (orientation) => {
    const file = await orientedPhoto(orientation, small);
    expect((await sharp(file).metadata()).orientation).toBe(orientation);
    const shown = await decodeRaw(await sharp(file).autoOrient().png().toBuffer());
    expect(compareImages(shown, renderScene(small).photo, EXACT)).toBeNull();
  });

  test('carry the true mask as alpha', async () => {
    const { data, width, channels } = await decodeRaw(await transparentPhoto(small));
    const truth = renderScene(small).alpha.data;
    expect([width, channels]).toEqual([60, 4]);
    expect(truth.every((value, index) => data[index * 4 + 3] === value)).toBe(true);
    expect(new Set(truth).size).toBeGreaterThan(10);
  });

  test.each(['png', 'jpeg', 'webp', 'tiff', 'gif', 'avif'] as const)('exist as %s', async (format) => {
    const { format: found, width, height } = await sharp(await productPhoto({ ...small, format })).metadata();
    expect([found === 'heif' ? 'avif' : found, width, height]).toEqual([format, 60, 40]);
  });

  test('exist in unusual encodings', async () => {
    const seen = UNUSUAL_ENCODINGS.map(async (encoding) => {
      const found = await sharp(await unusualPhoto(encoding, small)).metadata();
      return [
        encoding,
        found.space,
        found.depth,
        found.isPalette ?? false,
        found.isProgressive,
        found.icc !== undefined,
      ];
    });
    expect(await Promise.all(seen)).toEqual([
      ['display-p3', 'srgb', 'uchar', false, false, true],
      ['cmyk', 'cmyk', 'uchar', false, false, false],
      ['sixteen-bit', 'rgb16', 'ushort', false, false, false],
      ['grey', 'b-w', 'uchar', false, false, false],
      ['palette', 'srgb', 'uchar', true, false, false],
      ['progressive-jpeg', 'srgb', 'uchar', false, true, false],
      ['interlaced-png', 'srgb', 'uchar', false, true, false],
    ]);
  });

  test('can be cut off and enormous', async () => {
    await expect(
      sharp(cutOff(await productPhoto(small)))
        .raw()
        .toBuffer(),
    ).rejects.toThrow();
    const { width, height } = await sharp(await flatPhoto(12_000, 1000)).metadata();
    expect([width, height]).toEqual([12_000, 1000]);
  });
});
