import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { StartRefused } from '@packshot/service';
import type { ApiConfig } from '../config';

/** How often connections are looked at whose head is late. */
const LOOK_MS = 1_000;

export interface ListenOptions {
  host: string;
  port: number;
  /** 0: no limit, for this and the next. */
  maxConnections: number;
  maxRequestsPerSocket: number;
  maxHeaderBytes: number;
  /** A head that is not complete by then is answered with 408; so is a connection that never sends any. */
  headersTimeoutMs: number;
  /** A connection on which nothing moves for so long is closed; uploads may take as long as they move. */
  idleTimeoutMs: number;
  keepAliveMs: number;
}

export function listenOptions(config: ApiConfig): ListenOptions {
  return {
    host: config.HOST,
    port: config.PORT,
    maxConnections: config.MAX_CONNECTIONS,
    maxRequestsPerSocket: config.MAX_REQUESTS_PER_SOCKET,
    maxHeaderBytes: config.MAX_HEADER_BYTES,
    headersTimeoutMs: config.HEADERS_TIMEOUT_SECONDS * 1000,
    idleTimeoutMs: config.IDLE_TIMEOUT_SECONDS * 1000,
    keepAliveMs: config.KEEP_ALIVE_SECONDS * 1000,
  };
}

export interface Listening {
  port: number;
  /** Takes no more connections, and resolves when every request in flight is answered. */
  close(): Promise<void>;
}

/** Listens on `host` and `port` (0: any free one). Throws StartRefused when the address cannot be had. */
export async function listen(app: RequestListener, options: ListenOptions): Promise<Listening> {
  const { maxHeaderBytes, headersTimeoutMs, keepAliveMs } = options;
  const server = createServer(
    {
      keepAlive: true,
      noDelay: true,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: LOOK_MS,
    },
    app,
  );
  const connections = new Connections(server);
  server.timeout = options.idleTimeoutMs;
  if (options.maxConnections > 0) server.maxConnections = options.maxConnections;
  if (options.maxRequestsPerSocket > 0) closeAfter(server, options.maxRequestsPerSocket);
  server.listen(options.port, options.host);
  await once(server, 'listening').catch((error: Error) => {
    throw new StartRefused([`HOST and PORT: ${error.message}.`]);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeWhenAnswered(server, connections) };
}

/** Node's own limit only says that it closes, and answers 503 to a client that asks on. */
function closeAfter(server: Server, requests: number): void {
  const served = new WeakMap<Socket, number>();
  server.prependListener('request', ({ socket }, response) => {
    const count = (served.get(socket) ?? 0) + 1;
    served.set(socket, count);
    if (count >= requests) response.shouldKeepAlive = false;
  });
}

/**
 * Connections with an answer under way are left to it; all others are ended: those kept alive, and those on which nothing was
 * asked yet, which Node does not count as idle (browsers open some in advance).
 */
async function closeWhenAnswered(server: Server, connections: Connections): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const idle = setInterval(() => connections.endIdle(), 100);
  try {
    server.close();
    connections.endIdle();
    await once(server, 'close');
  } finally {
    clearInterval(idle);
  }
}

/** The open connections of a server, each with its last exchange. */
class Connections {
  private readonly last = new Map<Socket, { request: IncomingMessage; response: ServerResponse } | null>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.last.set(socket, null);
      socket.once('close', () => this.last.delete(socket));
    });
    server.prependListener('request', (request, response) => {
      this.last.set(request.socket, { request, response });
    });
  }

  endIdle(): void {
    for (const [socket, exchange] of this.last) {
      // The rest of a body that was refused is still taken in.
      if (!exchange || (exchange.response.closed && (exchange.request.complete || exchange.request.destroyed))) {
        socket.destroySoon();
      }
    }
  }
}
