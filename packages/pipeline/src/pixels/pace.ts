/** Longest stretch of work between two looks at the event loop. */
const STRIDE_MS = 25;

/**
 * Awaited between strips of long work: now and then lets the event loop answer (a heartbeat, a cancellation).
 * @throws the signal's reason once it is aborted
 */
export type Pace = () => Promise<void>;

export function createPace(signal: AbortSignal): Pace {
  let resumed = performance.now();
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - resumed < STRIDE_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    resumed = performance.now();
  };
}
