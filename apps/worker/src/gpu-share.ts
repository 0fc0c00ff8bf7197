import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '@packshot/service';

/** Not more often than nvidia-smi, which averages over up to a second, has something new. */
const INTERVAL_MS = 1000;
const TIMEOUT_MS = 5000;

export interface GpuShares {
  /** The share of the last second that a GPU, by index or UUID, was busy, 0..1; null while that is not known. */
  of(gpu: string): number | null;
  close(): void;
}

/** Looks once a second how busy the GPUs are, beside the items' way. A look that fails makes all of them unknown. */
export function watchGpus(logger: Logger): GpuShares {
  let shares = new Map<string, number>();
  let failed = false;
  let timer: NodeJS.Timeout | undefined;
  const ending = new AbortController();

  async function look(): Promise<void> {
    try {
      const query = ['--query-gpu=index,uuid,utilization.gpu', '--format=csv,noheader,nounits'];
      const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: TIMEOUT_MS, signal: ending.signal });
      shares = parseUtilization(stdout);
      failed = false;
    } catch (error) {
      if (ending.signal.aborted) return;
      shares.clear();
      if (!failed) logger.warn('nvidia-smi does not say how busy the GPUs are', { error });
      failed = true;
    }
    timer = setTimeout(look, INTERVAL_MS);
    timer.unref();
  }

  void look();
  return {
    of: (gpu) => shares.get(gpu) ?? null,
    close: () => {
      ending.abort();
      clearTimeout(timer);
    },
  };
}

/** Lines of `index, uuid, percent`; where a GPU does not tell, there is no number. */
export function parseUtilization(text: string): Map<string, number> {
  const rows = text.split('\n').map((line) => line.split(',').map((cell) => cell.trim()));
  return new Map(
    rows.flatMap(([index, uuid, percent]) => {
      if (!index || !uuid || !percent || Number.isNaN(Number(percent))) return [];
      return [index, uuid].map((name) => [name, Number(percent) / 100] as const);
    }),
  );
}
