import { once } from 'node:events';
import type { Response } from 'express';
import { whenGone } from '../http/when-gone';

/** Proxies close what is silent; a comment now and then is not. */
const HEARTBEAT_MS = 15_000;
/** How long a client waits before it comes back after a cut. */
const RETRY_MS = 2_000;

export interface ServerEvent {
  /** What the client sends back as `Last-Event-ID`; an event without one does not change that. */
  id?: string;
  event: string;
  data: unknown;
}

/** An answer of server-sent events (WHATWG HTML, section 9.2). */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;

  constructor(private readonly response: Response) {
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that buffer would keep events back.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, HEARTBEAT_MS);
    whenGone(response, () => clearInterval(this.heartbeat));
  }

  /** Resolves when there is room for more: a slow reader holds the stream up, and fills no memory. */
  async send({ id, event, data }: ServerEvent): Promise<void> {
    if (this.response.destroyed) return;
    const lines = [...(id === undefined ? [] : [`id: ${id}`]), `event: ${event}`, `data: ${JSON.stringify(data)}`];
    if (this.response.write(`${lines.join('\n')}\n\n`)) return;
    const drained = new AbortController();
    try {
      await Promise.race([
        once(this.response, 'drain', { signal: drained.signal }),
        once(this.response, 'close', { signal: drained.signal }),
      ]);
    } finally {
      drained.abort();
    }
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }
}
