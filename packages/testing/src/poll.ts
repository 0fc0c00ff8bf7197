import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  /** How long to go on, in milliseconds. Default 10,000. */
  timeoutMs?: number;
  /** Pause between two tries, in milliseconds. Default 20. */
  intervalMs?: number;
  /** What is being waited for, for the error message. */
  what?: string;
}

/**
 * Calls `probe` until it gives something other than `undefined`, `null` or `false`, and gives that. What `probe` throws
 * ends the wait at once; past the deadline it throws an Error that names `what`.
 */
export async function poll<T>(
  probe: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { timeoutMs = 10_000, intervalMs = 20, what = 'a condition' }: PollOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() >= deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await delay(intervalMs);
  }
}

/** Repeats assertions until they hold; past the deadline throws what they threw last. */
export async function eventually<T>(assertions: () => T | Promise<T>, options: PollOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await delay(intervalMs);
  }
}
