import type { Redis } from '../connection';

/** A word about a change may be lost on the way; whoever waits looks again after this time in any case. */
const LOOK_AGAIN_MS = 5_000;
/** A job of many items changes many times a second; those who wait are then woken no more often than this. */
const PAUSE_MS = 100;
/** The first changes in a row are told at once: a job of one image has no more, and whoever waits for it loses no time. */
const TOLD_AT_ONCE = 8;

/** Somebody who waits for a job to change. */
export interface Watch {
  /**
   * Resolves at the first change since it was last called, after `timeoutMs`, or when there is reason to look although
   * nothing was heard; the caller looks again and decides. At once when `closed` or `Changes.stopped`.
   */
  changed(timeoutMs: number): Promise<void>;
  close(): void;
}

interface Watched {
  wakers: Set<() => void>;
  /** When the next waking would be due, had all so far kept the pause. */
  dueAt: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Wakes those who wait for a job: one connection of its own hears the channel that names every job that changes, for all
 * waiters of the process. Nobody holds a command of Redis while waiting. What was not heard (a cut connection) costs time,
 * never truth: after a reconnect everybody is woken, and every few seconds besides.
 */
export class Changes {
  private readonly watched = new Map<string, Watched>();
  /** From then on nobody waits any more: the process is shutting down. */
  stopped = false;

  /** `subscriber`: a connection for this alone, which waits for Redis and subscribes again after a cut. */
  constructor(
    private readonly subscriber: Redis,
    channel: string,
    private readonly lookAgainMs = LOOK_AGAIN_MS,
  ) {
    subscriber.on('message', (_channel: string, jobId: string) => this.heard(jobId));
    subscriber.on('ready', () => this.wakeAll());
    // Who works with Redis reports that it is away; here it only means that changes are found by looking again.
    subscriber.on('error', () => {});
    subscriber.subscribe(channel).catch(() => {});
  }

  /** Changes from this moment on are noticed: watch first, then look. */
  watch(jobId: string): Watch {
    let changed = false;
    let closed = false;
    let wake: (() => void) | undefined;
    const waker = () => {
      changed = true;
      wake?.();
    };
    const watched = this.watched.get(jobId) ?? { wakers: new Set(), dueAt: 0, timer: undefined };
    this.watched.set(jobId, watched);
    watched.wakers.add(waker);
    return {
      changed: async (timeoutMs) => {
        if (!changed && !closed && !this.stopped) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Math.max(0, Math.min(timeoutMs, this.lookAgainMs)));
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
          wake = undefined;
        }
        changed = false;
      },
      close: () => {
        if (closed) return;
        closed = true;
        waker();
        watched.wakers.delete(waker);
        if (watched.wakers.size > 0) return;
        clearTimeout(watched.timer);
        this.watched.delete(jobId);
      },
    };
  }

  /** Those who wait go on at once, and nobody waits from here on. */
  stop(): void {
    this.stopped = true;
    this.wakeAll();
  }

  close(): void {
    this.stop();
    this.subscriber.disconnect();
  }

  private heard(jobId: string): void {
    const watched = this.watched.get(jobId);
    if (!watched || watched.timer) return;
    const wake = () => {
      watched.timer = undefined;
      watched.dueAt = Math.max(watched.dueAt, performance.now()) + PAUSE_MS;
      for (const waker of watched.wakers) waker();
    };
    const pause = watched.dueAt - (TOLD_AT_ONCE - 1) * PAUSE_MS - performance.now();
    if (pause <= 0) wake();
    else watched.timer = setTimeout(wake, pause);
  }

  private wakeAll(): void {
    for (const { wakers } of this.watched.values()) for (const waker of wakers) waker();
  }
}
