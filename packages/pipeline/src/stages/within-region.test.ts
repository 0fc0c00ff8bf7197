import { createRaster, type Raster } from '../pixels/raster';
import type { Picture } from './stage';
import { withinRegion } from './within-region';

/** Every pixel's red is its column, its green its row. */
function ramp(width: number, height: number): Picture {
  const colour = createRaster(width, height, 3);
  for (let i = 0; i < width * height; i++) colour.data.set([i % width, Math.floor(i / width), 0], 3 * i);
  return { colour, alpha: null };
}

const all = async (part: Picture) => {
  part.alpha = new Uint8Array(part.colour.width * part.colour.height).fill(255);
};

describe('a region', () => {
  const region = { left: 2, top: '25%', right: '50%', bottom: 3 };

  it('is all that the cut-out sees, and all that is left', async () => {
    const picture = ramp(10, 4);
    let seen: number[] = [];
    await withinRegion(picture, region, async (part) => {
      seen = [part.colour.width, part.colour.height, ...part.colour.data.subarray(0, 3)];
      part.colour.data.fill(77);
      await all(part);
    });
    expect(seen).toEqual([3, 2, 2, 1, 0]);
    const kept = [...(picture.alpha ?? [])].flatMap((value, i) => (value === 255 ? [i] : []));
    expect(kept).toEqual([12, 13, 14, 22, 23, 24]);
    // What the cut-out did to the colours inside is kept, those outside are as they were.
    expect([...picture.colour.data.subarray(36, 39), ...picture.colour.data.subarray(33, 36)]).toEqual([
      77, 77, 77, 1, 1, 0,
    ]);
  });

  it('is all that shows of the photo before its shadows were lifted, which is smaller', async () => {
    const picture = { ...ramp(20, 8), unlifted: ramp(10, 4).colour };
    let seen: Raster | undefined;
    await withinRegion(picture, { left: 4, top: '25%', right: '50%', bottom: 6 }, async (part) => {
      seen = part.unlifted;
      await all(part);
    });
    expect(seen).toMatchObject({ width: 3, height: 2, channels: 3 });
    expect([...(seen?.data ?? [])]).toEqual([2, 1, 0, 3, 1, 0, 4, 1, 0, 2, 2, 0, 3, 2, 0, 4, 2, 0]);
  });

  it('keeps the transparency that the picture has', async () => {
    const picture = { ...ramp(10, 4), alpha: Uint8Array.from({ length: 40 }, (_, i) => i) };
    let seen: number[] = [];
    await withinRegion(picture, region, async (part) => {
      seen = [...(part.alpha ?? [])];
    });
    expect(seen).toEqual([12, 13, 14, 22, 23, 24]);
  });

  it.each([
    { left: 0, top: 0, right: 11, bottom: 4 },
    { left: 5, top: 0, right: 5, bottom: 4 },
    { left: 0, top: '60%', right: 10, bottom: '50%' },
  ])('%j that lies outside, or is empty, is refused', async (outside) => {
    await expect(withinRegion(ramp(10, 4), outside, all)).rejects.toMatchObject({ code: 'region_outside' });
  });
});
