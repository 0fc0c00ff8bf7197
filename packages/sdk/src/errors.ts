import type { ErrorCode, FieldError, ItemError, Problem } from '@packshot/contracts';

/**
 * What went wrong, by a stable code: one of the server's (`docs/errors.md`), or one that only a client can have.
 * `unreachable`: no answer came. `bad_answer`: one came that is not Packshot's. `wait_over`: the time to wait was up.
 */
export type PackshotErrorCode = ErrorCode | 'unreachable' | 'bad_answer' | 'wait_over';

interface Details {
  status?: number | null;
  requestId?: string | null;
  retryable?: boolean;
  errors?: readonly FieldError[] | undefined;
  cause?: unknown;
}

/** Everything that a method of the client throws, but for the reason of an aborted signal. */
export class PackshotError extends Error {
  readonly code: PackshotErrorCode;
  /** Of the answer; null when there was none, or when it is an image that failed. */
  readonly status: number | null;
  /** To quote when asking for help. */
  readonly requestId: string | null;
  /** Whether the same may work later. */
  readonly retryable: boolean;
  /** The parts of the request that are at fault. */
  readonly errors: readonly FieldError[];

  constructor(code: PackshotErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PackshotError';
    this.code = code;
    this.status = details.status ?? null;
    this.requestId = details.requestId ?? null;
    this.retryable = details.retryable ?? false;
    this.errors = details.errors ?? [];
  }

  /** Of an image that could not be processed. */
  static ofItem({ code, message, retryable }: ItemError): PackshotError {
    return new PackshotError(code, message, { retryable });
  }

  static async ofAnswer(response: Response): Promise<PackshotError> {
    const { status } = response;
    const text = await response.text().catch(() => '');
    const details = { status, requestId: response.headers.get('x-request-id'), retryable: PASSING.has(status) };
    const problem = readProblem(text);
    if (problem === null) {
      const excerpt = text.trim().slice(0, 200);
      return new PackshotError('bad_answer', `The server answered ${status}${excerpt ? `: ${excerpt}` : '.'}`, details);
    }
    return new PackshotError(problem.code as ErrorCode, problem.detail, {
      ...details,
      requestId: problem.request_id,
      errors: problem.errors as readonly FieldError[] | undefined,
    });
  }
}

/** What a proxy or a busy server says for a while. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

function readProblem(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    return typeof value?.code === 'string' && typeof value.detail === 'string' ? (value as Problem) : null;
  } catch {
    return null;
  }
}
