import type { Section } from './section';

/** What a model must reach in a figure (`floor`), and what it is made for (`goal`). */
export interface Target {
  /** The start of the section's title. */
  section: string;
  column: string;
  /** The id of the model; its eight-bit form is judged too. */
  model: string;
  floor: number;
  goal: number;
  better: 'more' | 'less';
}

const more = (section: string, model: string, column: string, floor: number, goal: number): Target => ({
  ...{ section, model, column, floor, goal, better: 'more' },
});
const less = (section: string, model: string, column: string, floor: number, goal: number): Target => ({
  ...{ section, model, column, floor, goal, better: 'less' },
});

/** Those of the compact pack. Where only a floor was set, the goal is the same. */
export const TARGETS: readonly Target[] = [
  more('denoise: PSNR', 'compact-denoise', 'sigma 25', 32.5, 33),
  more('denoise: PSNR', 'compact-denoise', 'clean', 40, 40),
  more('deblur: PSNR', 'compact-deblur', 'mean gain', 1.5, 2.5),
  more('deblur: PSNR', 'compact-deblur', 'sharp', 38, 38),
  less('shadow', 'compact-shadow', 'change inside %', -50, -70),
  less('shadow', 'compact-shadow', 'change elsewhere', 1, 1),
  more('cut-out: 10 photos', 'compact-cutout', 'IoU', 0.82, 0.88),
  less('cut-out: 10 photos', 'compact-cutout', 'MAE', 0.08, 0.05),
  more('cut-out: 10 photos', 'compact-cutout-1024', 'IoU', 0.82, 0.88),
  less('cut-out: 10 photos', 'compact-cutout-1024', 'MAE', 0.08, 0.05),
  more('cut-out of renders', 'compact-cutout', 'IoU', 0.9, 0.95),
  less('matting', 'compact-matte', 'against guided %', -30, -45),
  more('clicks', 'compact-click', 'IoU, 1 click', 0.75, 0.85),
  more('clicks', 'compact-click', 'IoU, 3 clicks', 0.85, 0.92),
  more('upscale x2: PSNR', 'compact-upscale', 'over Lanczos-3', 0.7, 1),
  more('upscale x4: PSNR', 'compact-upscale-x4', 'over Lanczos-3', 0.5, 0.8),
];

type Verdict = 'goal met' | 'floor met' | 'short';

export interface Judged extends Target {
  /** The title of the section, and the row. */
  title: string;
  row: string;
  figure: number;
  verdict: Verdict;
}

/** Every target beside each figure that it is for. */
export function judgeTargets(sections: readonly Section[], targets: readonly Target[] = TARGETS): Judged[] {
  return targets.flatMap((target) =>
    sections
      .filter(({ title }) => title.startsWith(target.section))
      .flatMap(({ title, rows }) =>
        rows
          .filter(({ name, figures }) => isFormOf(target.model, name) && figures[target.column] !== undefined)
          .map(({ name, figures }) => {
            const figure = figures[target.column] as number;
            return { ...target, title, row: name, figure, verdict: verdictOn(figure, target) };
          }),
      ),
  );
}

function isFormOf(model: string, name: string): boolean {
  return name === model || name === `${model}-int8`;
}

function verdictOn(figure: number, { floor, goal, better }: Target): Verdict {
  const reaches = (mark: number) => (better === 'more' ? figure >= mark : figure <= mark);
  if (reaches(goal)) return 'goal met';
  return reaches(floor) ? 'floor met' : 'short';
}
