import type { ItemRecord, JobStore } from '@packshot/jobs';
import type { Logger } from '@packshot/service';

const INTERVAL_MS = 500;
/** Without news the record is asked every so many intervals whether the item is still wanted. */
const SILENT_INTERVALS = 4;

/**
 * Writes an attempt's progress to its record, at most twice a second, and learns from the answer when to stop. Short items
 * end before the first write, which is how they stay cheap.
 */
export class ProgressReporter {
  private latest: { progress: number; stage: ItemRecord['stage'] } = { progress: 0, stage: null };
  private news = false;
  private silent = 0;
  private writing: Promise<void> = Promise.resolve();
  private busy = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: JobStore,
    private readonly item: ItemRecord,
    private readonly logger: Logger,
    private readonly onUnwanted: () => void,
  ) {
    this.timer = setInterval(() => this.tick(), INTERVAL_MS);
  }

  /** `progress` 0..1 of the whole attempt. */
  note(progress: number, stage: ItemRecord['stage']): void {
    this.latest = { progress, stage };
    this.news = true;
  }

  /** No write is under way afterwards, so none can follow the transition that ends the attempt. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
  }

  private tick(): void {
    if (this.busy || (!this.news && ++this.silent < SILENT_INTERVALS)) return;
    this.busy = true;
    this.news = false;
    this.silent = 0;
    this.writing = this.write().finally(() => {
      this.busy = false;
    });
  }

  private async write(): Promise<void> {
    try {
      const wanted = await this.store.progress(this.item, this.latest.progress, this.latest.stage);
      if (!wanted) this.onUnwanted();
    } catch (error) {
      // Progress is a courtesy; what must not fail is the transition at the end.
      this.logger.warn('could not write progress', { item: this.item.id, error });
    }
  }
}
