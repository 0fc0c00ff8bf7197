import { PackshotError } from './errors';
import { pause } from './pause';

export interface TransportOptions {
  /** Where the API is: `http://127.0.0.1:8080`, or with a path, `https://shop.example/photos`. */
  baseUrl: string;
  /** Sent as a bearer token, to this server alone. */
  apiKey?: string | undefined;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** How often a request is sent again that got no answer, or one that may pass. Default 5. */
  maxRetries?: number;
}

/** What a caller may add to any request. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Requests that make something carry a key, so that sending them again makes it once; by default one of their own. */
export interface SubmitOptions extends CallOptions {
  idempotencyKey?: string | undefined;
}

export interface Call extends SubmitOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  query?: Readonly<Record<string, string | number | undefined>>;
  json?: unknown;
  /** Sent more than once when need be: nothing that can be read only once. */
  form?: FormData;
  headers?: Readonly<Record<string, string>>;
  /** Not sent again when no answer came: it may have been served. A refusal that may pass still is. */
  once?: boolean;
}

/** Refusals that may pass. Of an image that failed with one of these, the same request tells it again at once. */
const PASSING_CODES = new Set([
  'rate_limited',
  'overloaded',
  'backend_unavailable',
  'storage_error',
  'idempotency_in_progress',
  'internal_error',
]);

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Sends requests, again where that may help, and turns refusals into `PackshotError`. */
export class Transport {
  private readonly base: string;
  private readonly fetch: typeof fetch;
  private readonly maxRetries: number;

  constructor(private readonly options: TransportOptions) {
    this.base = options.baseUrl.replace(/\/+$/, '');
    // Browsers refuse a `fetch` that is called as a method of something else.
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.maxRetries = options.maxRetries ?? 5;
  }

  async json<T>(path: string, call: Call = {}): Promise<T> {
    const response = await this.send(path, call);
    try {
      return (await response.json()) as T;
    } catch (cause) {
      throw new PackshotError('bad_answer', 'The answer is not JSON.', { status: response.status, cause });
    }
  }

  /** The answer of the API below its address. */
  async send(path: string, call: Call = {}): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, `${value}`);
    const headers = new Headers(call.headers);
    if (this.options.apiKey) headers.set('authorization', `Bearer ${this.options.apiKey}`);
    if (call.idempotencyKey !== undefined) headers.set('idempotency-key', call.idempotencyKey);
    if (call.json !== undefined) headers.set('content-type', 'application/json');
    const init: RequestInit = {
      method: call.method ?? 'GET',
      headers,
      ...(call.json !== undefined && { body: JSON.stringify(call.json) }),
      ...(call.form !== undefined && { body: call.form }),
      ...(call.signal && { signal: call.signal }),
    };
    return this.sendTo(`${this.base}${path}${query.size > 0 ? `?${query}` : ''}`, init, call.once);
  }

  /** The answer of any address, an object store's for example: no key of ours goes there. */
  async sendTo(url: string, init: RequestInit, once = false): Promise<Response> {
    for (let tries = 0; ; tries++) {
      let answer: Response | PackshotError;
      try {
        answer = await this.fetch(url, init);
        if (answer.ok) return answer;
      } catch (cause) {
        init.signal?.throwIfAborted();
        answer = new PackshotError('unreachable', `${new URL(url).origin} does not answer.`, {
          cause,
          retryable: true,
        });
      }
      const error = answer instanceof PackshotError ? answer : await PackshotError.ofAnswer(answer);
      if (tries >= this.maxRetries || !mayPass(error) || (once && error.code === 'unreachable')) throw error;
      await pause(answer instanceof PackshotError ? growing(tries) : pauseMs(answer, tries), init.signal);
    }
  }
}

function mayPass({ code, status, retryable }: PackshotError): boolean {
  if (code === 'unreachable') return true;
  // Not Packshot's words: a proxy's, or an object store's.
  return code === 'bad_answer' ? retryable || status === 408 : PASSING_CODES.has(code);
}

/** As `Retry-After` says, in seconds or as a date; else growing, and different for each of many clients. */
function pauseMs({ headers }: Response, tries: number): number {
  const asked = headers.get('retry-after');
  if (asked === null) return growing(tries);
  const seconds = /^\d+$/.test(asked) ? Number(asked) : (Date.parse(asked) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : growing(tries);
}

function growing(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2);
}
