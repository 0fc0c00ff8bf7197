import { createProductShot } from './bench/product-shot';
import { psnr } from './bench/score/picture-measures';
import { toFloats } from './bench/score/rasters';
import type { Raster } from './pixels';
import { createScratch } from './testing/scratch';

const scratch = createScratch();
beforeAll(() => scratch.start());
afterAll(() => scratch.close());

const photo = (noise: number) => createProductShot(384, 512, noise).photo;
const AUTO = { denoise: 'auto', deblur: 'auto', shadow: 'auto', output: { format: 'png' } } as const;

/** The picture after a pipeline, and the stages that ran. */
async function after(picture: Raster, pipeline: object) {
  const { report } = await scratch.run(await scratch.write(picture), { ...pipeline, output: { format: 'png' } });
  const ran = report.stages.filter(({ skipped }) => skipped === null).map(({ name }) => name);
  return { ran, picture: { ...picture, data: await scratch.pixels(report.result.path) } };
}
const decibels = (one: Raster, other: Raster) => psnr(toFloats(one), toFloats(other));

it.each([0, 1])(
  'lets a good photo pass to the byte where stages are left to auto (noise of sigma %d)',
  async (noise) => {
    const good = photo(noise);
    const { ran, picture } = await after(good, AUTO);
    expect(ran).toEqual([]);
    expect(picture.data).toEqual(good.data);
  },
);

it('takes noise out that is seen, and comes nearer to the truth by 3 dB', async () => {
  const noisy = photo(6);
  const { ran, picture } = await after(noisy, AUTO);
  expect(ran).toContain('denoise');
  expect(decibels(picture, photo(0))).toBeGreaterThan(decibels(noisy, photo(0)) + 3);
});

// Its edges are harder than a camera makes them: on photos the scoreboard has more.
it.each(['denoise', 'deblur'])('hardly changes a good photo even when made to %s: at least 38 dB', async (stage) => {
  const good = photo(0);
  const { ran, picture } = await after(good, { [stage]: true });
  expect(ran).toEqual([stage]);
  expect(decibels(picture, good)).toBeGreaterThan(38);
});
