import { stat } from 'node:fs/promises';

const INTERVAL_MS = 1000;

/**
 * Calls `onBytes` whenever a file that is being written has grown, about once a second, until `work` has ended. An encoder
 * tells nothing of its progress, and large results take it longer than one may be silent.
 */
export async function watchGrowth<T>(path: string, onBytes: (bytes: number) => void, work: Promise<T>): Promise<T> {
  let known = 0;
  let ended = false;
  const timer = setInterval(async () => {
    // The file may not be there yet, or be renamed away already: then it has not grown.
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    if (size > known && !ended) {
      known = size;
      onBytes(size);
    }
  }, INTERVAL_MS);
  try {
    return await work;
  } finally {
    ended = true;
    clearInterval(timer);
  }
}
