import { join } from 'node:path';
import { expectGolden } from '@packshot/testing';
import type { Picture } from './stages/stage';
import { drawWatermark } from './watermark';

const never = new AbortController().signal;

function plain(width: number, height: number, grey: number, alpha?: number): Picture {
  return {
    colour: { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(grey) },
    alpha: alpha === undefined ? null : new Uint8Array(width * height).fill(alpha),
  };
}

/** Left to right from black to white; the lower half transparent. */
function ramp(width: number, height: number): Picture {
  const picture = plain(width, height, 0, 255);
  picture.colour.data.forEach((_, i, data) => {
    data[i] = Math.round((255 * (Math.floor(i / 3) % width)) / (width - 1));
  });
  picture.alpha?.fill(0, Math.floor(height / 2) * width);
  return picture;
}

const interleaved = ({ colour, alpha }: Picture) => {
  const { width, height } = colour;
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    data.set(colour.data.subarray(i * 3, i * 3 + 3), i * 4);
    data[i * 4 + 3] = alpha?.[i] ?? 255;
  }
  return { width, height, channels: 4 as const, data };
};

describe('the watermark', () => {
  it.each([0, 40, 128, 220, 255])(
    'differs from a plain ground of %i by at least a quarter of the range',
    async (grey) => {
      const picture = plain(400, 300, grey);
      await drawWatermark(picture, never);
      const values = [...new Set(picture.colour.data)];
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(64);
      expect(values).toContain(grey);
    },
  );

  it.each([
    [120, 90],
    [400, 300],
    [97, 1200],
    [2000, 131],
  ])('leaves no third of a %i x %i picture free, and covers less than half of it', async (width, height) => {
    const picture = plain(width, height, 128);
    await drawWatermark(picture, never);
    const marked = (i: number) => picture.colour.data[i * 3] !== 128;
    const found = Array.from({ length: 9 }, () => 0);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const ninth = Math.floor((3 * y) / height) * 3 + Math.floor((3 * x) / width);
        if (marked(y * width + x)) found[ninth] = (found[ninth] ?? 0) + 1;
      }
    }
    const pixels = width * height;
    for (const count of found) expect(count / (pixels / 9)).toBeGreaterThan(0.05);
    expect(found.reduce((sum, count) => sum + count, 0) / pixels).toBeLessThan(0.5);
  });

  it('shows over transparent parts as well, and never makes any part more transparent', async () => {
    const picture = plain(300, 200, 10, 0);
    picture.alpha?.fill(100, 0, 30_000);
    await drawWatermark(picture, never);
    const alpha = picture.alpha ?? new Uint8Array();
    expect(new Set(alpha.subarray(0, 30_000))).toEqual(new Set([100, 185]));
    expect(new Set(alpha.subarray(30_000))).toEqual(new Set([0, 140]));
    // Where nothing was, the colour is the mark's alone.
    const marked = [...alpha.keys()].filter((i) => i >= 30_000 && alpha[i] === 140);
    expect(new Set(marked.map((i) => picture.colour.data[i * 3]))).toEqual(new Set([0, 255]));
  });

  it('is drawn in place, so that it costs no second picture', async () => {
    const picture = plain(300, 200, 10, 0);
    const { colour, alpha } = picture;
    await drawWatermark(picture, never);
    expect(picture.colour).toBe(colour);
    expect(picture.alpha).toBe(alpha);
  });

  it.each([
    [1, 1],
    [7, 5],
    [3000, 1],
  ])('fits into a picture of %i x %i', async (width, height) => {
    const picture = plain(width, height, 0, 0);
    await expect(drawWatermark(picture, never)).resolves.toBeUndefined();
  });

  it('stops when the item is aborted', async () => {
    const picture = plain(100, 500, 0);
    const controller = new AbortController();
    const drawing = drawWatermark(picture, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(drawing).rejects.toThrow('no longer wanted');
    expect(picture.colour.data.subarray(100 * 3 * 400).every((value) => value === 0)).toBe(true);
  });

  it('looks as it did', async () => {
    const picture = ramp(480, 360);
    await drawWatermark(picture, never);
    await expectGolden(interleaved(picture), join(__dirname, '../fixtures/watermark.png'), {
      // Sines differ in the last bit between processors, and a dot's edge may follow.
      maxDifference: 255,
      meanDifference: 0.2,
    });
  });
});
