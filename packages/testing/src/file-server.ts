import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a server can do to a download. Each is about one answer. */
export interface FileFault {
  /** Answers this status and no file. */
  status?: number;
  headers?: Record<string, string>;
  /** Sends this many bytes and cuts the connection. */
  cutAfter?: number;
  /** Sends this many bytes and then nothing, with the connection open. */
  stallAfter?: number;
  /** Content-Length, whatever is sent before the connection ends. */
  announce?: number;
  /** Neither Content-Length nor an end that could be told from a cut. */
  chunked?: boolean;
  ignoreRanges?: boolean;
  /** Flips the byte at this offset of the file. */
  wrongByteAt?: number;
  bytesPerSecond?: number;
}

export interface FileRequest {
  path: string;
  range: string | null;
  headers: IncomingMessage['headers'];
  /** How many bytes of the body the server has handed to the network. */
  sent: number;
}

export interface FileServer {
  url: string;
  /** By path, with the slash. */
  files: Map<string, Buffer>;
  /** Every request so far. */
  requests: FileRequest[];
  /** Decides the fault of the nth request (from 0) of the server. */
  fault: (nth: number, request: FileRequest) => FileFault | undefined;
  close(): Promise<void>;
}

/** A server of files on loopback that knows ranges, ETags and If-Range, and misbehaves when told to. */
export async function startFileServer(files: Record<string, Buffer> = {}): Promise<FileServer> {
  const served = new Map(Object.entries(files));
  const requests: FileRequest[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    const entry: FileRequest = { path, range: request.headers.range ?? null, headers: request.headers, sent: 0 };
    const nth = requests.push(entry) - 1;
    // The other side may leave in the middle; that is its right.
    const fault = self.fault(nth, entry) ?? {};
    answer(self.files.get(path), entry, fault, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: served,
    requests,
    fault: () => undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

async function answer(
  file: Buffer | undefined,
  request: FileRequest,
  fault: FileFault,
  response: ServerResponse,
): Promise<void> {
  if (fault.status !== undefined || file === undefined) {
    response.writeHead(fault.status ?? 404, fault.headers).end();
    return;
  }
  const etag = `"${createHash('sha1').update(file).digest('hex')}"`;
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.range ?? '');
  const current = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const ranged = asked !== null && current && !fault.ignoreRanges;
  const start = ranged ? Number(asked[1]) : 0;
  const end = ranged && asked[2] ? Math.min(Number(asked[2]) + 1, file.length) : file.length;
  if (ranged && start >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const headers: Record<string, string> = { etag, ...fault.headers };
  if (!fault.ignoreRanges) headers['accept-ranges'] = 'bytes';
  if (ranged) headers['content-range'] = `bytes ${start}-${end - 1}/${file.length}`;
  if (!fault.chunked) headers['content-length'] = String(fault.announce ?? end - start);
  response.writeHead(ranged ? 206 : 200, headers);
  response.flushHeaders();
  await send(spoilt(file, fault).subarray(start, end), request, fault, response);
}

function spoilt(file: Buffer, { wrongByteAt }: FileFault): Buffer {
  if (wrongByteAt === undefined) return file;
  const copy = Buffer.from(file);
  copy[wrongByteAt] = (copy[wrongByteAt] ?? 0) ^ 0xff;
  return copy;
}

async function send(body: Buffer, request: FileRequest, fault: FileFault, response: ServerResponse): Promise<void> {
  const { cutAfter, stallAfter, bytesPerSecond } = fault;
  const most = Math.min(body.length, cutAfter ?? stallAfter ?? body.length);
  const piece = bytesPerSecond === undefined ? 65_536 : Math.max(1, Math.round(bytesPerSecond / 50));
  const closed = once(response, 'close');
  while (request.sent < most) {
    const chunk = body.subarray(request.sent, Math.min(most, request.sent + piece));
    request.sent += chunk.length;
    if (!response.write(chunk)) await Promise.race([drained(response), closed]);
    if (response.destroyed) return;
    if (bytesPerSecond !== undefined) await delay(20);
  }
  if (stallAfter !== undefined) return;
  if (cutAfter !== undefined || fault.announce !== undefined) {
    await new Promise<void>((resolve) => response.write('', () => resolve()));
    response.socket?.destroy();
    return;
  }
  response.end();
}

const drained = (response: ServerResponse) => new Promise<void>((resolve) => void response.once('drain', resolve));
