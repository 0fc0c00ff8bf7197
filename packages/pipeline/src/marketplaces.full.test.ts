import { join } from 'node:path';
import { MARKETPLACES, PRESETS } from '@packshot/contracts';
import { createScratch } from './testing/scratch';

const samples = join(__dirname, '../../../infra/embedded/samples');
const PHOTOS = ['caps_cap_01', 'jeans_man_jeans_01', 'jeans_woman_jeans_02', 't-shirts_man_t-shirt_01'];

const scratch = createScratch();
beforeAll(() => scratch.start());
afterAll(() => scratch.close());

describe.each(MARKETPLACES)('the preset for %s', (marketplace) => {
  it.each(PHOTOS)(
    'makes of %s a picture that breaks none of its rules, neither when it is made nor when the file is handed in',
    async (photo) => {
      const { report } = await scratch.run(join(samples, `${photo}.jpg`), PRESETS[marketplace]);
      expect(report.lint).toEqual([{ marketplace, passed: true, findings: [] }]);
      const again = await scratch.run(report.result.path, { output: { lint: [marketplace] } });
      expect(again.report.lint).toEqual([{ marketplace, passed: true, findings: [] }]);
    },
    600_000,
  );
});
