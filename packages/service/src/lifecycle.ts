import type { Logger } from './logger';

export interface SignalOptions {
  /** What has not closed within this is cut off with exit code 1. */
  budgetMs: number;
  /** So long everything stays open after a signal, for those who still come because they have not heard yet. */
  delayMs?: number;
}

/**
 * Whatever opens a resource registers here how to close it; closing runs the list backwards, once, and goes on past faults.
 *
 *   open ──signal──▶ leaving ──delay over, or a second signal──▶ closing ──▶ closed
 *     └────────────────────────close()──────────────────────────────▲
 */
export class Lifecycle {
  private readonly closers: { name: string; close: () => Promise<void> | void }[] = [];
  private readonly departure = new AbortController();
  private closing: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  /** Aborted as soon as this process is to end, before anything closes. */
  get leaving(): AbortSignal {
    return this.departure.signal;
  }

  onClose(name: string, close: () => Promise<void> | void): void {
    this.closers.push({ name, close });
  }

  close(): Promise<void> {
    this.departure.abort();
    this.closing ??= this.runBackwards();
    return this.closing;
  }

  private async runBackwards(): Promise<void> {
    for (const { name, close } of this.closers.reverse()) {
      try {
        await close();
      } catch (error) {
        this.logger.error(`could not close ${name}`, { error });
      }
    }
  }

  /**
   * Leaves on SIGTERM, on SIGINT, and when the process that started this one goes away (its IPC channel closes); exits 0.
   * A fault nobody caught is logged, then everything closes at once, and the exit code is 1.
   */
  handleSignals({ budgetMs, delayMs = 0 }: SignalOptions): void {
    let code = 0;
    const end = () => {
      if (this.closing) return;
      setTimeout(() => {
        this.logger.error('shutdown took too long', { budget_ms: budgetMs });
        process.exit(1);
      }, budgetMs).unref();
      void this.close().then(() => process.exit(code));
    };
    const leave = (reason: string, waitMs: number) => {
      if (this.leaving.aborted) return end();
      this.logger.info('shutting down', { reason });
      this.departure.abort();
      if (waitMs > 0) setTimeout(end, waitMs);
      else end();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => leave(signal, delayMs));
    if (process.channel) process.on('disconnect', () => leave('parent is gone', 0));
    process.on('uncaughtException', (error) => {
      this.logger.error('uncaught error', { error });
      code = 1;
      leave('uncaught error', 0);
    });
  }
}
