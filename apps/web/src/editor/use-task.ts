import { useCallback, useEffect, useRef, useState } from 'react';

/** Work for the server. What is under way ends when it is stopped, and with the component; what fails is told to `onError`. */
export function useTask(onError: (error: unknown) => void) {
  const [underWay, setUnderWay] = useState(0);
  const controller = useRef(new AbortController());
  const stop = useCallback(() => {
    controller.current.abort();
    controller.current = new AbortController();
  }, []);
  useEffect(() => stop, [stop]);

  /** Null where it failed or was stopped. */
  const run = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> => {
    const { signal } = controller.current;
    setUnderWay((now) => now + 1);
    try {
      return await work(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
      return null;
    } finally {
      setUnderWay((now) => now - 1);
    }
  };
  return { run, stop, pending: underWay > 0 };
}
