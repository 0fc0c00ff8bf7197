import type { Logger } from '@packshot/service';
import { queryGpus } from './nvidia-smi';

/** Not more often than nvidia-smi, which averages over up to a second, has something new. */
const INTERVAL_MS = 1000;

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
      shares = sharesOf(await queryGpus(['index', 'uuid', 'utilization.gpu'], ending.signal));
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

/** Of rows `index, uuid, percent`; where a GPU does not tell, there is no number. */
export function sharesOf(rows: readonly string[][]): Map<string, number> {
  return new Map(
    rows.flatMap(([index, uuid, percent]) => {
      if (!index || !uuid || !percent || Number.isNaN(Number(percent))) return [];
      return [index, uuid].map((name) => [name, Number(percent) / 100] as const);
    }),
  );
}
