import { estimateForeground } from './foreground';
import { REFERENCE_NAMES, referenceBytes, referenceColour, unhurried } from './matting/reference-pictures';
import { createRaster, type Raster } from './raster';
import { meanDifference, type Paint, paintRaster } from './synthetic-pictures';

const { abs, atan2, floor, hypot, max, min, round, sin } = Math;

const WIDTH = 800;
const HEIGHT = 600;
const productColour: Paint = (x, y) => [200 + 30 * sin(x / 20), 60 + 20 * sin(y / 25), 40];
const backdropColour: Paint = (x, y) => [60 + x / 10, 160 - y / 12, 90 + 40 * sin(x / 50)];
/** A wavy disc with an edge 20 pixels soft. */
const alpha = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
  const [x, y] = [i % WIDTH, floor(i / WIDTH)];
  const radius = 200 + 15 * sin(9 * atan2(y - 300, x - 400));
  return round(255 * min(1, max(0, (radius - hypot(x - 400, y - 300)) / 20 + 0.5)));
});
const truth = paintRaster(WIDTH, HEIGHT, productColour);
const isSoft = (index: number) => {
  const byte = alpha[floor(index / 3)] as number;
  return byte > 0 && byte < 255;
};

describe('estimateForeground', () => {
  it.each(REFERENCE_NAMES)('equals the formula on %s, where anything is seen, to a step of 8 bits', async (name) => {
    const [photo, expected] = [await referenceColour(name, 'photo'), await referenceColour(name, 'foreground')];
    const opacity = await referenceBytes(name, 'alpha');
    await estimateForeground(photo, opacity, unhurried);
    let farthest = 0;
    photo.data.forEach((byte, i) => {
      if (opacity[floor(i / 3)] !== 0) farthest = max(farthest, abs(byte - (expected.data[i] as number)));
    });
    expect(farthest).toBeLessThanOrEqual(1);
  });

  it('takes most of the old backdrop out of the soft edge', async () => {
    const photo = composite();
    const before = meanDifference(photo.data, truth.data, isSoft);
    await estimateForeground(photo, alpha, unhurried);
    const after = meanDifference(photo.data, truth.data, isSoft);
    expect(before).toBeGreaterThan(25);
    expect(after).toBeLessThan(before / 3);
  });

  it('leaves opaque pixels byte for byte as they are', async () => {
    const photo = composite();
    const before = photo.data.slice();
    await estimateForeground(photo, alpha, unhurried);
    expect(meanDifference(photo.data, before, (i) => alpha[floor(i / 3)] === 255)).toBe(0);
  });

  it('puts product colour under transparent pixels near the edge', async () => {
    const photo = composite();
    await estimateForeground(photo, alpha, unhurried);
    const near = (i: number) => {
      const pixel = floor(i / 3);
      const distance = hypot((pixel % WIDTH) - 400, floor(pixel / WIDTH) - 300);
      return alpha[pixel] === 0 && distance < 235;
    };
    expect(meanDifference(photo.data, truth.data, near)).toBeLessThan(20);
  });

  it('never paints far transparent pixels black, and keeps the whole in range without a product or a backdrop', async () => {
    const photo = composite();
    await estimateForeground(photo, alpha, unhurried);
    expect(photo.data[0]).toBeGreaterThan(120);
    for (const byte of [0, 255]) {
      const uniform = paintRaster(40, 30, () => [10, 200, 100]);
      await estimateForeground(uniform, new Uint8Array(1200).fill(byte), unhurried);
      const expected = byte === 255 ? [10, 200, 100] : [...uniform.data.subarray(0, 3)];
      expect([...uniform.data.subarray(597, 600)]).toEqual(expected);
    }
  });

  it('takes grey rasters and pictures of one pixel', async () => {
    const grey = { ...createRaster(20, 10, 1), data: new Uint8Array(200).fill(90) };
    await estimateForeground(grey, new Uint8Array(200).fill(128), unhurried);
    expect(grey.data.every((value) => abs(value - 90) <= 1)).toBe(true);
    const dot = paintRaster(1, 1, () => [9, 8, 7]);
    await estimateForeground(dot, Uint8Array.of(128), unhurried);
    expect([...dot.data].every((value, i) => abs(value - (9 - i)) <= 1)).toBe(true);
  });
});

function composite(): Raster {
  return paintRaster(WIDTH, HEIGHT, (x, y) => {
    const share = (alpha[y * WIDTH + x] as number) / 255;
    const [product, backdrop] = [productColour(x, y), backdropColour(x, y)];
    const mix = (c: 0 | 1 | 2) => share * product[c] + (1 - share) * backdrop[c];
    return [mix(0), mix(1), mix(2)];
  });
}
