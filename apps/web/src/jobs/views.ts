import type { BesideFile, ItemView } from '@packshot/contracts';
import { text } from '../strings';

/** A picture that there is of a photo. */
export interface View {
  name: 'result' | 'mask' | BesideFile;
  label: string;
  /** It shows what one stage did. */
  stage: boolean;
  /** What it is compared with; null: the photo. */
  madeOf: View | null;
}

/** The result, what each stage left, in their order and each with what it began with, then the cut-out and the mask. */
export function viewsOf({ also, stages }: Pick<ItemView, 'also' | 'stages'>): View[] {
  const steps: View[] = [];
  for (const stage of stages) {
    const name = `after_${stage.name}` as const;
    if (!also[name]) continue;
    const label = text.step(steps.length + 1, text.stepNames[stage.name]);
    steps.push({ name, label, stage: true, madeOf: steps.at(-1) ?? null });
  }
  const whole = (name: keyof typeof text.views): View => ({
    name,
    label: text.views[name],
    stage: false,
    madeOf: null,
  });
  return [whole('result'), ...steps, ...(also.cutout ? [whole('cutout')] : []), ...(also.mask ? [whole('mask')] : [])];
}
