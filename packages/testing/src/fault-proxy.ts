import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What the line does to bytes: carries them, swallows them in silence, or breaks every connection at once. */
export type LineState = 'up' | 'stalled' | 'down';

/** A line between a program and a server, which a test can break. */
export interface FaultProxy {
  /** Where to connect in place of the server. */
  readonly host: string;
  readonly port: number;
  /** Changes the line; with `down`, open connections are cut with a reset and new ones are closed as they come. */
  setState(state: LineState): void;
  /** Applies `state` once, when the server has sent this many more bytes over all connections together. */
  afterBytes(bytes: number, state: LineState): void;
  close(): Promise<void>;
}

/** Starts a proxy on loopback for a TCP server, for example `new URL(s3.endpoint)`. */
export async function startFaultProxy(server: { hostname: string; port: string | number }): Promise<FaultProxy> {
  let state: LineState = 'up';
  let trap: { bytes: number; state: LineState } | undefined;
  const sockets = new Set<Socket>();

  const setState = (next: LineState) => {
    state = next;
    if (state !== 'down') return;
    for (const socket of sockets) socket.resetAndDestroy();
  };

  const keep = (socket: Socket) => {
    sockets.add(socket);
    // A cut connection is what this is for; both ends learn of it by its closing.
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };

  const proxy = createServer((client) => {
    keep(client);
    if (state === 'down') return void client.resetAndDestroy();
    const upstream = connect(Number(server.port), server.hostname);
    keep(upstream);
    client.on('data', (chunk) => {
      if (state === 'up') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (state === 'up') client.write(chunk);
      if (trap === undefined) return;
      trap.bytes -= chunk.length;
      if (trap.bytes > 0) return;
      setState(trap.state);
      trap = undefined;
    });
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  return {
    host: '127.0.0.1',
    port: (proxy.address() as AddressInfo).port,
    setState,
    afterBytes: (bytes, next) => {
      trap = { bytes, state: next };
    },
    close: async () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, 'close');
    },
  };
}
