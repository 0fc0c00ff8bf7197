import { affineResize } from './affine-resize';

it.each([1, 3] as const)('gives %i channels of exactly the size that is asked for', async (channels) => {
  const data = new Uint8Array(7 * 5 * channels).fill(80);
  for (const [width, height] of [
    [7, 5],
    [3, 11],
    [320, 2],
  ] as const) {
    const resized = await affineResize({ width: 7, height: 5, channels, data }, width, height);
    expect(resized).toHaveLength(width * height * channels);
    expect(Math.max(...resized)).toBe(80);
  }
});
