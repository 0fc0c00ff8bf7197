import type { Logger } from './logger';

/**
 * Whatever opens a resource registers here how to close it; closing runs the list backwards, once, and goes on past faults.
 *
 *   open ──close()──▶ closing ──▶ closed
 */
export class Lifecycle {
  private readonly closers: { name: string; close: () => Promise<void> | void }[] = [];
  private closing: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  onClose(name: string, close: () => Promise<void> | void): void {
    this.closers.push({ name, close });
  }

  close(): Promise<void> {
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
   * Closes on SIGTERM, on SIGINT, and when the process that started this one goes away (its IPC channel closes); exits 0.
   * What has not closed within `budgetMs` is cut off with exit code 1. A fault nobody caught is logged, then the same.
   */
  handleSignals({ budgetMs }: { budgetMs: number }): void {
    const leave = (reason: string, code: number) => {
      if (this.closing) return;
      this.logger.info('shutting down', { reason });
      setTimeout(() => {
        this.logger.error('shutdown took too long', { budget_ms: budgetMs });
        process.exit(1);
      }, budgetMs).unref();
      void this.close().then(() => process.exit(code));
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => leave(signal, 0));
    if (process.channel) process.on('disconnect', () => leave('parent is gone', 0));
    process.on('uncaughtException', (error) => {
      this.logger.error('uncaught error', { error });
      leave('uncaught error', 1);
    });
  }
}
