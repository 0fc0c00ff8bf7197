import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A connection on which nothing moves for so long is closed; uploads may take as long as they move. */
const IDLE_MS = 120_000;
const HEADERS_MS = 30_000;
/** Longer than the minute that load balancers keep connections, so that they never use one that we are closing. */
const KEEP_ALIVE_MS = 65_000;

export interface Listening {
  port: number;
  /** Takes no more connections, and resolves when every request in flight is answered. */
  close(): Promise<void>;
}

/** Listens on `host` and `port` (0: any free one). Rejects when the address cannot be had. */
export async function listen(app: RequestListener, { host, port }: { host: string; port: number }): Promise<Listening> {
  const server = createServer({ keepAlive: true, noDelay: true }, app);
  server.requestTimeout = 0;
  server.headersTimeout = HEADERS_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = IDLE_MS;
  server.listen(port, host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => closeWhenAnswered(server) };
}

async function closeWhenAnswered(server: Server): Promise<void> {
  // Connections that are kept alive after their last answer would hold the server open.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  try {
    server.close();
    server.closeIdleConnections();
    await once(server, 'close');
  } finally {
    clearInterval(idle);
  }
}
