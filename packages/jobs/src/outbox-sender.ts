import type { JobStore } from './job-store';
import { sendUnsent } from './outbox';
import type { Queues } from './queue';
import type { FileLinks } from './views';

/**
 * Empties the outbox soon after something was put into it, one round at a time: what comes while a round runs goes with the
 * next one, so that ten thousand items that end one after the other do not cost as many rounds.
 */
export class OutboxSender {
  private round: Promise<void> | undefined;
  private again = false;

  /** `onError`: a round failed; what is left goes with a later one, or when the queues are tended. */
  constructor(
    private readonly store: JobStore,
    private readonly queues: Queues,
    private readonly links: FileLinks,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Returns at once. */
  sendSoon(): void {
    this.again = true;
    this.round ??= this.run().finally(() => {
      this.round = undefined;
    });
  }

  /** Resolves when what was asked for is done. */
  async close(): Promise<void> {
    await this.round;
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      await sendUnsent(this.store, this.queues, this.links).catch(this.onError);
    }
  }
}
