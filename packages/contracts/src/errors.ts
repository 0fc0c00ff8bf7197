/**
 * Every error a client can meet, one row each: the HTTP status it has when it refuses a request, whether trying the same
 * thing again can help, and the sentence shown. `docs/errors.md` is checked against this table.
 */
export interface ErrorRow {
  readonly status: number;
  readonly retryable: boolean;
  readonly text: string;
}

const row = (status: number, retryable: boolean, text: string): ErrorRow => ({ status, retryable, text });

export const ERRORS = {
  // The request
  invalid_request: row(400, false, 'The request is malformed.'),
  invalid_json: row(400, false, 'The body is not valid JSON.'),
  invalid_multipart: row(400, false, 'The multipart body is malformed or was cut off.'),
  invalid_pipeline: row(422, false, 'The pipeline is not valid.'),
  no_items: row(422, false, 'The request names no image.'),
  too_many_items: row(413, false, 'The job has more items than allowed.'),
  body_too_large: row(413, false, 'The request body is larger than allowed.'),
  unsupported_media_type: row(415, false, 'The content type of the request is not supported.'),
  all_items_invalid: row(422, false, 'None of the items can be processed.'),
  invalid_item: row(422, false, 'The item is not described correctly.'),
  unauthorized: row(401, false, 'A valid API key or access token is required.'),
  forbidden: row(403, false, 'The key or token does not allow this.'),
  insufficient_credits: row(402, false, 'The credits of this month are used up.'),
  rate_limited: row(429, true, 'Too many requests, or too many megapixels, in too short a time.'),
  not_found: row(404, false, 'There is no such resource.'),
  method_not_allowed: row(405, false, 'The resource does not have this method.'),
  conflict: row(409, false, 'The resource is not in a state that allows this.'),
  idempotency_key_reused: row(422, false, 'The idempotency key was used with another request.'),
  idempotency_in_progress: row(409, true, 'A request with this idempotency key is still being served.'),
  not_acceptable: row(406, false, 'The resource cannot be had in an accepted media type.'),
  range_not_satisfiable: row(416, false, 'The file has none of the bytes asked for.'),
  invalid_signature: row(403, false, 'The signature of the URL is wrong or has expired.'),
  limit_reached: row(409, false, 'There are as many of these as allowed.'),
  upload_incomplete: row(409, true, 'Not all of the upload has arrived.'),
  result_not_ready: row(409, true, 'The result is not there yet, or the item did not succeed.'),
  no_mask: row(404, false, 'The pipeline of this item made no mask.'),
  overloaded: row(503, true, 'The server has too much in flight.'),
  backend_unavailable: row(503, true, 'A backend of the server is unavailable.'),
  internal_error: row(500, true, 'Something went wrong on the server.'),
  // The image
  empty_file: row(422, false, 'The file is empty.'),
  file_too_large: row(413, false, 'The file is larger than allowed.'),
  image_too_large: row(422, false, 'The image has more pixels, or a longer side, than allowed.'),
  output_too_large: row(422, false, 'The result would have more pixels, or a longer side, than allowed.'),
  unsupported_format: row(415, false, 'The image format is not supported.'),
  invalid_base64: row(422, false, 'The base64 of the image is malformed.'),
  region_outside: row(422, false, 'The region lies outside the image, or is empty.'),
  no_cut_out: row(
    422,
    false,
    'There is nothing to compose: the image has no transparency, and the pipeline does not cut it out.',
  ),
  corrupt_image: row(422, false, 'The image is damaged or cut off and cannot be decoded.'),
  // References to images and receivers elsewhere
  invalid_url: row(422, false, 'The URL is not valid, or not of an allowed scheme.'),
  url_not_allowed: row(422, false, 'The URL points to an address that is not allowed.'),
  source_not_allowed: row(422, false, 'The bucket or key is not on the list of allowed sources.'),
  source_missing: row(422, false, 'The object or upload that the item refers to does not exist.'),
  download_failed: row(424, true, 'The image could not be downloaded.'),
  // Processing
  model_not_available: row(422, false, 'There is no such model for this operation.'),
  model_not_installed: row(422, false, 'The model is not installed.'),
  licence_not_accepted: row(422, false, 'The licence of the model has not been accepted.'),
  model_mismatch: row(500, false, 'The model file does not match its record.'),
  model_too_large: row(422, false, 'The model needs more memory than this machine has.'),
  out_of_memory: row(503, true, 'There is not enough memory for this image.'),
  expired: row(410, false, 'The item was not started within the time to live of its job.'),
  timed_out: row(504, false, 'The item took longer than its time limit.'),
  engine_crashed: row(422, false, 'The engine crashed twice on this image.'),
  engine_restarted: row(503, true, 'The engine was restarted while the item was in it.'),
  worker_lost: row(500, false, 'The item lost its worker more often than allowed.'),
  disk_full: row(507, false, 'There is not enough room on the disk.'),
  storage_error: row(503, true, 'The object store failed.'),
  canceled: row(409, false, 'The item was canceled.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERRORS, value);
}

/** One fault inside a request, e.g. `{ pointer: '/pipeline/upscale/scale', detail: '…' }`. */
export interface FieldError {
  pointer: string;
  detail: string;
  code?: ErrorCode;
}

/** An error with a stable code. `message` is safe to show to the client; what is not goes into `cause`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;

  constructor(code: ErrorCode, message?: string, options?: { cause?: unknown; errors?: readonly FieldError[] }) {
    super(message ?? ERRORS[code].text, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options?.errors;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  /** The form that item records, messages between processes and the API carry. */
  toItemError(): ItemError {
    return { code: this.code, message: this.message, retryable: this.retryable };
  }

  /** Anything thrown becomes an AppError; what nobody foresaw becomes `internal_error` with the original as its cause. */
  static from(error: unknown, fallback: ErrorCode = 'internal_error'): AppError {
    return error instanceof AppError ? error : new AppError(fallback, undefined, { cause: error });
  }
}

export interface ItemError {
  code: ErrorCode;
  message: string;
  retryable: boolean;
}
