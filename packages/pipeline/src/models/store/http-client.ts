import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { parseRetryAfter, SourceFault } from './source-fault';

const MAX_REDIRECTS = 8;

export interface HttpSettings {
  /** Proxies as the usual variables have them; undefined: none. */
  httpProxy?: string | undefined;
  httpsProxy?: string | undefined;
  noProxy?: string | undefined;
  /** Without a byte for this long, a request counts as cut. */
  stallMs: number;
  /** How often one source is asked again without having given anything new. */
  retries: number;
  /** The first pause before asking again; it doubles. */
  backoffMs: number;
  /** Connections for one large file. */
  connections: number;
  /** Files smaller than this come over one connection. */
  splitBytes: number;
  /** A file of unknown size ends here at the latest. */
  maxBytes: number;
}

export const DEFAULT_HTTP: HttpSettings = {
  stallMs: 30_000,
  retries: 5,
  backoffMs: 500,
  connections: 4,
  splitBytes: 64 << 20,
  maxBytes: 8 * 2 ** 30,
};

export interface HttpClient {
  settings: HttpSettings;
  /**
   * GET, redirects followed. Secrets in `headers` go to the first origin only.
   * @throws SourceFault for every status but 200, 206 and 416
   */
  get(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

export function createHttpClient(settings: HttpSettings): HttpClient {
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: settings.httpProxy ?? '',
    httpsProxy: settings.httpsProxy ?? '',
    noProxy: settings.noProxy ?? '',
    headersTimeout: settings.stallMs,
    bodyTimeout: settings.stallMs,
  });

  async function ask(url: URL, headers: Record<string, string>, signal?: AbortSignal) {
    const response = await request(url, { dispatcher, headers, signal: signal ?? null }).catch((error) => {
      signal?.throwIfAborted();
      throw SourceFault.from(error);
    });
    // Leaving a body before its end makes it fail; nobody reads that.
    response.body.on('error', () => undefined);
    return response;
  }

  return {
    settings,
    async get(address, headers, signal) {
      let url = new URL(address);
      let sent: Record<string, string> = { 'user-agent': 'packshot', 'accept-encoding': 'identity', ...headers };
      for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
        const response = await ask(url, sent, signal);
        const { statusCode } = response;
        if (statusCode === 200 || statusCode === 206 || statusCode === 416) return response;
        response.body.destroy();
        const { location } = response.headers;
        if (statusCode < 300 || statusCode >= 400 || typeof location !== 'string') throw refused(response);
        const next = new URL(location, url);
        if (url.protocol === 'https:' && next.protocol !== 'https:') {
          throw new SourceFault('it redirects to an address without encryption');
        }
        if (next.origin !== url.origin) sent = withoutSecrets(sent);
        url = next;
      }
      throw new SourceFault('it redirects in circles');
    },
    close: () => dispatcher.close(),
  };
}

function withoutSecrets(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function refused({ statusCode, headers }: Dispatcher.ResponseData): SourceFault {
  const retryable = statusCode === 408 || statusCode === 429 || statusCode >= 500;
  const [after] = [headers['retry-after']].flat();
  const hint = statusCode === 401 || statusCode === 403 ? ' (it needs a token, or one with access to this)' : '';
  return new SourceFault(`it answered ${statusCode}${hint}`, { retryable, retryAfterMs: parseRetryAfter(after) });
}
