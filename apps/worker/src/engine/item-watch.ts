/**
 * Watches one item in the engine: `onOverdue` is called once, when its time limit has passed or when it has made no
 * progress for too long, whichever comes first.
 */
export class ItemWatch {
  private readonly limit: NodeJS.Timeout;
  private readonly quiet: NodeJS.Timeout;
  private lastFraction = -1;

  constructor(limits: { timeoutMs: number; progressTimeoutMs: number }, onOverdue: (why: string) => void) {
    const overdue = (why: string) => {
      this.end();
      onOverdue(why);
    };
    this.limit = setTimeout(() => overdue(`no result within ${Math.round(limits.timeoutMs)} ms`), limits.timeoutMs);
    this.quiet = setTimeout(
      () => overdue(`no progress for ${Math.round(limits.progressTimeoutMs)} ms`),
      limits.progressTimeoutMs,
    );
  }

  /** A message that repeats itself is no progress. */
  progress(fraction: number): void {
    if (fraction <= this.lastFraction) return;
    this.lastFraction = fraction;
    this.quiet.refresh();
  }

  end(): void {
    clearTimeout(this.limit);
    clearTimeout(this.quiet);
  }
}
