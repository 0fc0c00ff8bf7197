import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { poll } from './poll';

/** One request the sink received, its body complete. */
export interface Delivery {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The exact bytes as text: signatures are computed over these. */
  body: string;
  receivedAt: Date;
}

export interface SinkAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Cuts the connection instead of answering. */
  hangUp?: boolean;
}

/** Decides the answer; `index` counts deliveries from 0. A promise delays the answer. */
export type Respond = (delivery: Delivery, index: number) => SinkAnswer | Promise<SinkAnswer>;

export interface WebhookSink {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Waits for `n` deliveries, or for those that match to be at least one; gives them. Throws past the deadline. */
  waitFor(wanted: number | ((delivery: Delivery) => boolean), timeoutMs?: number): Promise<Delivery[]>;
  close(): Promise<void>;
}

/** A real HTTP receiver on loopback that keeps what it is sent. Answers 204 unless `respond` says otherwise. */
export async function startWebhookSink({ respond }: { respond?: Respond } = {}): Promise<WebhookSink> {
  const deliveries: Delivery[] = [];
  const faults: unknown[] = [];

  const server = createServer((request, response) => {
    const receive = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const delivery: Delivery = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        receivedAt: new Date(),
      };
      const index = deliveries.push(delivery) - 1;
      const answer = (await respond?.(delivery, index)) ?? {};
      if (answer.hangUp) return void request.socket.destroy();
      response.writeHead(answer.status ?? 204, answer.headers).end(answer.body);
    };
    receive().catch((error: unknown) => {
      // A sender that hangs up is an ordinary event; a `respond` that throws is a defect of the test.
      if (!request.destroyed || request.complete) faults.push(error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    deliveries,
    waitFor: (wanted, timeoutMs = 10_000) =>
      poll(
        () => {
          if (faults.length > 0) throw faults[0];
          if (typeof wanted === 'number') return deliveries.length >= wanted && deliveries.slice();
          const matching = deliveries.filter(wanted);
          return matching.length > 0 && matching;
        },
        { timeoutMs, what: typeof wanted === 'number' ? `${wanted} deliveries` : 'a matching delivery' },
      ),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      if (faults.length > 0) throw faults[0];
    },
  };
}
