import { join } from 'node:path';
import { type PipelineRequest, PRESETS } from '@packshot/contracts';
import { sharp } from './image/loaders';
import { createScratch } from './testing/scratch';

const photo = join(__dirname, '../../../infra/embedded/samples/t-shirts_man_t-shirt_01.jpg');

const scratch = createScratch();
let small: string;
beforeAll(async () => {
  await scratch.start();
  small = scratch.path('small.jpg');
  await sharp(photo).resize(420, 420, { fit: 'inside' }).jpeg({ quality: 85 }).toFile(small);
});
afterAll(() => scratch.close());

describe('Amazon’s rules', () => {
  const lint = { output: { lint: ['amazon'] } } satisfies PipelineRequest;

  it('are broken by a photo as it comes from the camera', async () => {
    const { report } = await scratch.run(small, lint);
    expect(report.lint[0]?.passed).toBe(false);
    expect(report.lint[0]?.findings.map(({ rule }) => rule)).toContain('background');
  });

  it('are kept by a picture that its preset made, when it is made and when the file is handed in', async () => {
    // Enlarging by a network takes longest, and says nothing here.
    const { report } = await scratch.run(small, { ...PRESETS.amazon, upscale: false });
    const kept = [{ marketplace: 'amazon', passed: true, findings: [] }];
    expect(report.lint).toEqual(kept);
    expect((await scratch.run(report.result.path, lint)).report.lint).toEqual(kept);
    expect(report.subject?.width).toBeLessThan(2000);
  });
});
