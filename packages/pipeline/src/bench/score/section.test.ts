import { replaceSections, type Section } from './section';

const section = (title: string, figure: number): Section => ({
  title,
  columns: { dB: 2 },
  rows: [{ name: 'a model', figures: { dB: figure } }],
});

it('takes what was scored again in place of what an earlier run found, and leaves the rest as it was', () => {
  const earlier = [section('denoise', 30), section('clicks', 31)];
  const fresh = [section('clicks', 32), section('shadows', 33)];
  expect(replaceSections(earlier, fresh)).toEqual([section('denoise', 30), ...fresh]);
});
