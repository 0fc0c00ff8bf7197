import { toMarkdown } from './markdown';
import type { Section } from './section';
import { judgeTargets, TARGETS, type Target } from './targets';

const section: Section = {
  title: 'upscale x2: PSNR in dB',
  columns: { clean: 2, 'over Lanczos-3': 2, LPIPS: 4 },
  rows: [
    { name: 'Lanczos-3 (Pillow)', figures: { clean: 34, 'over Lanczos-3': 0 } },
    { name: 'compact-upscale', figures: { clean: 35.25, 'over Lanczos-3': 1.25 } },
    { name: 'compact-upscale-int8', figures: { clean: 34.75, 'over Lanczos-3': 0.75 } },
    { name: 'compact-upscale-degraded-x2', figures: { clean: 31, 'over Lanczos-3': -3 } },
    { name: 'other', figures: { clean: Number.POSITIVE_INFINITY } },
  ],
};

const judge = (section: Section, target: Partial<Target>) =>
  judgeTargets([section], [{ ...(TARGETS[0] as Target), ...target }]).map(({ row, verdict }) => [row, verdict]);

it('says of every form of a model which mark it reaches, and of others nothing', () => {
  const target = { section: 'upscale x2', model: 'compact-upscale', column: 'over Lanczos-3', floor: 0.7, goal: 1 };
  expect(judge(section, target)).toEqual([
    ['compact-upscale', 'goal met'],
    ['compact-upscale-int8', 'floor met'],
  ]);
  expect(judge(section, { ...target, floor: 1, goal: 2, model: 'compact-upscale-int8' })).toEqual([
    ['compact-upscale-int8', 'short'],
  ]);
});

it('takes less for better where that is the target', () => {
  const target = { section: 'upscale x2', model: 'compact-upscale', column: 'clean', better: 'less' } as const;
  expect(judge(section, { ...target, floor: 35, goal: 34 })).toEqual([
    ['compact-upscale', 'short'],
    ['compact-upscale-int8', 'floor met'],
  ]);
});

it('writes each target beside its figure, blanks where there is none, and that LPIPS is not available', () => {
  const text = toMarkdown([section], judgeTargets([section]));
  expect(text).toContain('| compact-upscale | upscale x2 | over Lanczos-3 | 0.7 / 1 | 1.250 | goal met |');
  expect(text).toContain('| Lanczos-3 (Pillow) | 34.00 | 0.00 | not available |');
  expect(text).toContain('| other | the same |  | not available |');
});
