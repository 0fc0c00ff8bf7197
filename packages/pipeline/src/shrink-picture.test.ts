import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { createRaster } from './pixels/raster';
import { shrinkPicture } from './shrink-picture';

const { signal } = new AbortController();
const pipelineOf = (request: object) => resolvePipeline(pipelineSchema.parse(request));

const picture = (width: number, height: number, alpha: Uint8Array | null = null) => ({
  colour: createRaster(width, height, 3),
  alpha,
});

describe('a picture of more than max_megapixels', () => {
  const most = { output: { max_megapixels: 0.01 } };

  it('is made smaller, its sides in proportion, and its transparency with it', async () => {
    const large = picture(400, 100, new Uint8Array(40_000).fill(255));
    await shrinkPicture(large, pipelineOf(most), signal);
    expect([large.colour.width, large.colour.height]).toEqual([200, 50]);
    expect(large.colour.data.length).toBe(200 * 50 * 3);
    expect(large.alpha?.length).toBe(200 * 50);
    expect(large.alpha?.every((value) => value === 255)).toBe(true);
  });

  it('takes along what points into it, but not shares', async () => {
    const moved = await shrinkPicture(
      picture(400, 100),
      pipelineOf({
        ...most,
        background: { region: { left: 40, top: 10, right: '100%', bottom: 80 } },
        shadow: { engine: 'model', mask: { points: [[100, 20, 1]], boxes: [[0, 0, 200, 100]] } },
      }),
      signal,
    );
    expect(moved.background).toMatchObject({ region: { left: 20, top: 5, right: '100%', bottom: 40 } });
    expect(moved.shadow).toMatchObject({ mask: { points: [[50, 10, 1]], boxes: [[0, 0, 100, 50]] } });
  });
});

it.each([{}, { output: { max_megapixels: 0.04 } }])('a picture within %j stays as it is', async (request) => {
  const small = picture(400, 100);
  const before = small.colour;
  const pipeline = pipelineOf(request);
  expect(await shrinkPicture(small, pipeline, signal)).toBe(pipeline);
  expect(small.colour).toBe(before);
});
