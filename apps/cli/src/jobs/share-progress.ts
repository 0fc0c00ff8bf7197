import type { JobView } from '@packshot/contracts';
import { bar, type Output } from '../output';

/** Shows how far a job is: a bar on a terminal, a line for each other figure elsewhere. */
export function showShare(output: Output): (job: JobView) => void {
  let told = '';
  return ({ progress, status }) => {
    const text = `${Math.floor(progress * 100)} % ${status}`;
    if (output.live) return output.redraw(`${bar(progress, 1)} ${text}`);
    if (text !== told) output.note(text);
    told = text;
  };
}
