/** Why a source did not give what was asked of it. `retryable`: asking it again can help. */
export class SourceFault extends Error {
  readonly retryable: boolean;
  /** How long the server asked us to wait. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    { retryable = false, retryAfterMs = null as number | null, cause = undefined as unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SourceFault';
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }

  /** Cuts, stalls, refused connections and names that do not resolve may all pass. */
  static from(error: unknown): SourceFault {
    if (error instanceof SourceFault) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    return new SourceFault(TEXTS[code ?? ''] ?? `the connection failed: ${code ?? message}`, {
      retryable: true,
      cause: error,
    });
  }
}

const TEXTS: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'the connection was cut',
  ECONNRESET: 'the connection was cut',
  UND_ERR_BODY_TIMEOUT: 'nothing came for too long',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came',
  UND_ERR_CONNECT_TIMEOUT: 'no connection could be made',
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host is not known',
};

/** Retry-After in seconds or as a date; null when absent or nonsense. */
export function parseRetryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
