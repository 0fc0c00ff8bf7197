import { REFERENCE_NAMES, referenceBytes, referenceColour, unhurried } from './reference-pictures';
import { BACKGROUND, bandRadius, FOREGROUND, trimapFromAlpha, trimapFromThresholds, UNKNOWN } from './trimap';

const thresholds = { foreground: 240, background: 10, erode: 10 };

describe('trimapFromAlpha', () => {
  it.each(REFERENCE_NAMES)('equals the reference of %s to the pixel', async (name) => {
    const size = await referenceColour(name, 'photo');
    const trimap = await trimapFromAlpha(await referenceBytes(name, 'coarse'), size, unhurried);
    expect(Buffer.compare(trimap, await referenceBytes(name, 'trimap'))).toBe(0);
  });

  it('scales the band with the picture, from 4 to 50 pixels', () => {
    expect(bandRadius({ width: 100, height: 80 })).toBe(4);
    expect(bandRadius({ width: 1000, height: 2000 })).toBe(16);
    expect(bandRadius({ width: 20_000, height: 10 })).toBe(50);
  });

  it('keeps doubt far from any edge open', async () => {
    const alpha = new Uint8Array(60 * 60).fill(255);
    alpha[30 * 60 + 30] = 200;
    const trimap = await trimapFromAlpha(alpha, { width: 60, height: 60 }, unhurried);
    expect(trimap[30 * 60 + 30]).toBe(UNKNOWN);
    expect(trimap[30 * 60 + 31]).toBe(FOREGROUND);
  });

  it('leaves nothing open in an empty or a full mask, one pixel or one row included', async () => {
    for (const [width, height] of [
      [1, 1],
      [50, 1],
      [1, 50],
      [30, 20],
    ] as const) {
      for (const [byte, expected] of [
        [0, BACKGROUND],
        [255, FOREGROUND],
      ] as const) {
        const trimap = await trimapFromAlpha(new Uint8Array(width * height).fill(byte), { width, height }, unhurried);
        expect(trimap.every((value) => value === expected)).toBe(true);
      }
    }
  });
});

describe('trimapFromThresholds', () => {
  it.each(REFERENCE_NAMES)('equals what rembg makes of %s to the pixel', async (name) => {
    const size = await referenceColour(name, 'photo');
    const mask = await referenceBytes(name, 'hugging');
    const trimap = await trimapFromThresholds(mask, size, thresholds, unhurried);
    expect(Buffer.compare(trimap, await referenceBytes(name, 'trimap-rembg'))).toBe(0);
    const cross = await trimapFromThresholds(mask, size, { foreground: 200, background: 50, erode: 0 }, unhurried);
    expect(Buffer.compare(cross, await referenceBytes(name, 'trimap-rembg-cross'))).toBe(0);
  });

  it('takes an erosion larger than the picture', async () => {
    const trimap = await trimapFromThresholds(
      new Uint8Array(12).fill(255),
      { width: 4, height: 3 },
      { ...thresholds, erode: 255 },
      unhurried,
    );
    expect(trimap.every((value) => value === UNKNOWN)).toBe(true);
  });

  it('ends with the reason of the signal', async () => {
    const reason = new Error('enough');
    const stop = async () => Promise.reject(reason);
    await expect(trimapFromThresholds(new Uint8Array(4), { width: 2, height: 2 }, thresholds, stop)).rejects.toBe(
      reason,
    );
  });
});
