import type { FetchProgress } from '@packshot/pipeline';
import { bar, megabytes, type Output } from './output';

const REDRAW_MS = 100;
/** Without a terminal: a line a file for each of these shares. */
const LINE_EVERY = 0.1;

/** Shows how far the files of a fetch are: one bar for all of them on a terminal, a line now and then elsewhere. */
export function showProgress(output: Output): (progress: FetchProgress) => void {
  const files = new Map<string, FetchProgress>();
  const told = new Map<string, number>();
  const started = performance.now();
  let resumed: number | null = null;
  let drawn = Number.NEGATIVE_INFINITY;

  return (progress) => {
    const name = `${progress.model}/${progress.path}`;
    files.set(name, progress);
    const all = [...files.values()];
    const received = all.reduce((sum, file) => sum + file.received, 0);
    resumed ??= received;
    if (!output.live) {
      const share = progress.total === null ? 0 : progress.received / progress.total;
      const step = Math.floor(share / LINE_EVERY);
      if (step > (told.get(name) ?? -1)) output.note(`${name}: ${describe(progress.received, progress.total)}`);
      told.set(name, Math.max(step, told.get(name) ?? -1));
      return;
    }
    const now = performance.now();
    if (now - drawn < REDRAW_MS && progress.received !== progress.total) return;
    drawn = now;
    const total = all.every((file) => file.total !== null)
      ? all.reduce((sum, file) => sum + (file.total ?? 0), 0)
      : null;
    const perSecond = ((received - resumed) / Math.max(1, now - started)) * 1000;
    output.redraw(`${bar(received, total)} ${describe(received, total)}  ${megabytes(perSecond)}/s  ${name}`);
  };
}

function describe(received: number, total: number | null): string {
  if (total === null) return megabytes(received);
  return `${Math.floor((received / Math.max(1, total)) * 100)} % of ${megabytes(total)}`;
}
