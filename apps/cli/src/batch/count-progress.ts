import { bar, type Output } from '../output';

const REDRAW_MS = 100;
/** Without a terminal: a line for each of these shares. */
const LINE_EVERY = 0.1;

/** Shows how many of so many are done: one bar on a terminal, a line now and then elsewhere. */
export function showCount(output: Output, total: number, before: number): (name: string, failed: boolean) => void {
  const started = performance.now();
  let count = before;
  let failures = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let told = Math.floor(before / Math.max(1, total) / LINE_EVERY);

  return (name, failed) => {
    count += 1;
    if (failed) failures += 1;
    const now = performance.now();
    const perSecond = ((count - before) / Math.max(1, now - started)) * 1000;
    const text = `${count} of ${total}${failures > 0 ? `, ${failures} failed` : ''}, ${perSecond.toFixed(1)}/s`;
    if (output.live) {
      if (now - drawn < REDRAW_MS && count < total) return;
      drawn = now;
      return output.redraw(`${bar(count, total)} ${text}  ${name}`);
    }
    const step = Math.floor(count / total / LINE_EVERY);
    if (step > told) output.note(text);
    told = step;
  };
}
