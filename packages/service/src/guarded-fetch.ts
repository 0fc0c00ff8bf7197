import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { type Readable, Transform } from 'node:stream';
import { AppError } from '@packshot/contracts';
import { bareHost, checkUrl, isAllowedHost, isPublicAddress } from './private-network';

interface Address {
  address: string;
  family: number;
}

export interface GuardedFetchOptions {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The body stream fails with `file_too_large` past this. */
  maxBytes: number;
  /** For the whole exchange, body included, in milliseconds. */
  timeoutMs: number;
  /** Private hosts that are allowed all the same; see ALLOW_PRIVATE_HOSTS. */
  allowHosts: readonly string[];
  /** Default 0: a redirect is an answer like any other. */
  maxRedirects?: number;
  signal?: AbortSignal;
  /** Resolves a name to all its addresses; the system's resolver when it is left out. */
  resolveName?: (host: string) => Promise<Address[]>;
}

export interface GuardedResponse {
  status: number;
  headers: Record<string, string>;
  body: Readable;
}

/**
 * Fetches a URL a user gave us. The name is resolved once, every address it has must be public, and the connection goes to
 * one of the very addresses that were checked, so a second answer of the name server changes nothing (DNS rebinding). Every
 * redirect is checked afresh, and takes none of `headers` along to another origin. Throws `invalid_url`, `url_not_allowed`, `download_failed`, `file_too_large`.
 */
export async function guardedFetch(text: string, options: GuardedFetchOptions): Promise<GuardedResponse> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  let url = checkUrl(text, options);
  for (let left = options.maxRedirects ?? 0; ; left--) {
    const response = await request(url, options, signal);
    const { location } = response.headers;
    const status = response.statusCode ?? 0;
    if (!(status >= 300 && status < 400 && location) || options.maxRedirects === undefined) {
      return { status, headers: flatten(response.headers), body: cap(response, options.maxBytes, signal) };
    }
    response.destroy();
    if (left <= 0) throw new AppError('download_failed', 'The URL redirects too often.');
    if (!URL.canParse(location, url.href))
      throw new AppError('invalid_url', 'The URL redirects to something malformed.');
    const next = checkUrl(new URL(location, url).href, options);
    if (next.origin !== url.origin) options = { ...options, headers: {} };
    url = next;
  }
}

async function request(url: URL, options: GuardedFetchOptions, signal: AbortSignal): Promise<http.IncomingMessage> {
  const addresses = await resolve(url, options, signal);
  const { request: send } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, {
      method: options.method ?? 'GET',
      headers: { 'user-agent': 'packshot', ...options.headers },
      agent: false,
      signal,
      // Pins the addresses that were checked. `all` decides the shape in which Node wants them.
      lookup: (_host, { all }, done) =>
        all ? done(null, addresses) : done(null, addresses[0].address, addresses[0].family),
    });
    outgoing.on('response', resolve);
    outgoing.on('error', (error) => reject(translate(error, signal)));
    outgoing.end(options.body);
  });
}

/** All addresses of the host, each of them checked. A resolver that hangs is waited for no longer than the deadline. */
async function resolve(url: URL, options: GuardedFetchOptions, signal: AbortSignal): Promise<[Address, ...Address[]]> {
  const { resolveName = (host) => lookup(host, { all: true }) } = options;
  const addresses = await whileWaiting(resolveName(bareHost(url)), signal).catch((cause: Error) => {
    if (signal.aborted) throw translate(cause, signal);
    throw new AppError('download_failed', 'The host of the URL is not known.', { cause });
  });
  const allowed = isAllowedHost(url, options) || addresses.every(({ address }) => isPublicAddress(address));
  if (!allowed) throw new AppError('url_not_allowed', 'The URL points to a private network.');
  const [first, ...others] = addresses;
  if (!first) throw new AppError('download_failed', 'The host of the URL has no address.');
  return [first, ...others];
}

/** The result of `work`, unless the signal comes first: then its reason is thrown, and the result is dropped. */
async function whileWaiting<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
}

function cap(source: http.IncomingMessage, maxBytes: number, signal: AbortSignal): Readable {
  let bytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new AppError('file_too_large', `The answer is larger than ${maxBytes} bytes.`));
      else done(null, chunk);
    },
  });
  source.on('error', (error) => body.destroy(translate(error, signal)));
  source.on('aborted', () => body.destroy(translate(new Error('the connection was cut'), signal)));
  body.on('close', () => source.destroy());
  return source.pipe(body);
}

function translate(error: Error, signal: AbortSignal): AppError {
  if (error instanceof AppError) return error;
  const late = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
  return new AppError('download_failed', late ? 'The server took too long.' : undefined, { cause: error });
}

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return Object.fromEntries(entries);
}
