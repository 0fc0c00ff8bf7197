import type { AppError } from '@packshot/contracts';
import type { Logger } from '@packshot/service';
import { EngineHost } from './host';
import type { EngineHostOptions } from './host-options';

/** What the result of an item says that it took over. */
export const OVERFLOW_NOTE = 'ran on the CPU, because the GPU was busy';

/** An engine on the CPU that takes items over while the GPUs are busy. It is started at the first need and kept. */
export class CpuOverflow {
  private host: EngineHost | null = null;
  private ready = false;
  private closed = false;

  constructor(
    private readonly options: EngineHostOptions,
    private readonly logger: Logger,
  ) {}

  /** The engine, when it has a place. The first who asks has it started; nobody waits for that. */
  place(): EngineHost | null {
    if (this.host === null && !this.closed) this.start();
    return this.ready && this.host !== null && this.host.load < this.options.slots ? this.host : null;
  }

  get started(): EngineHost | null {
    return this.ready ? this.host : null;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.ready = false;
    await this.host?.close();
  }

  private start(): void {
    const host = new EngineHost({ ...this.options, onHopeless: (error) => this.giveUp(error) });
    this.host = host;
    this.logger.info('starting an engine on the CPU: the GPU is busy');
    host.start().then(
      () => {
        this.ready = !this.closed;
      },
      (error) => this.giveUp(error),
    );
  }

  /** The GPUs go on without it, as they did before. */
  private giveUp(error: AppError): void {
    if (this.closed) return;
    this.logger.error('no items go to the CPU any more: its engine does not start', { error });
    void this.close();
  }
}
