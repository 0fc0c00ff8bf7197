import { AppError, ERRORS, type ErrorCode, type Problem } from '@packshot/contracts';
import { isRedisAway } from '@packshot/jobs';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { Deps } from '../deps';
import { basePath } from './base-url';
import { requestIdOf } from './request-id';
import type { ErrorForm } from './route';

/** From here on, errors of a request are answered in this form. */
export function answerErrorsAs(form: ErrorForm): RequestHandler {
  return (_request, response, next) => {
    response.locals.errorForm = form;
    next();
  };
}

/** Past these, a client that goes on sending a refused body is cut off. */
const MAX_REFUSED_BYTES = 64_000_000;
const MAX_REFUSED_MS = 30_000;

/**
 * Every error as problem+json (RFC 9457), or in the form of a façade. `type` is `/errors/<code>`, relative to the host, so below the path of PUBLIC_URL; `title`
 * belongs to the code, `detail` to this case. What nobody foresaw is logged whole and shown as `internal_error` without a word of it.
 */
export function answerErrors({
  config,
  logger,
  metrics,
}: Pick<Deps, 'config' | 'logger' | 'metrics'>): ErrorRequestHandler {
  const root = basePath(config);
  return (thrown: unknown, request, response, _next) => {
    const error = toAppError(thrown);
    const request_id = requestIdOf(response);
    metrics.countProblem(error.code);
    if (error.status >= 500) {
      const level = error.code === 'internal_error' ? 'error' : 'warn';
      logger.log(level, 'request failed', { request_id, path: request.path, code: error.code, error: thrown });
    }
    if (response.headersSent || response.destroyed) return void response.destroy();
    const form = response.locals.errorForm as ErrorForm | undefined;
    const status = form?.statusOf(error.code) ?? error.status;
    const problem: Problem = {
      type: `${root}/errors/${error.code}`,
      title: ERRORS[error.code].text,
      status,
      detail: error.message,
      code: error.code,
      request_id,
      ...(error.errors && { errors: error.errors }),
    };
    // They belong to the answer that was being prepared.
    for (const name of ['Content-Disposition', 'Content-Length', 'ETag']) response.removeHeader(name);
    if (status === 503) response.set('Retry-After', '1');
    response.set('Cache-Control', 'no-store');
    response.status(status).type(form ? 'json' : 'application/problem+json');
    response.send(JSON.stringify(form ? form.bodyOf(error) : problem));
    if (!request.complete) takeIn(request);
  };
}

/**
 * Reads the rest of a body that was refused. Closing at once would reset the connection, and the client, still sending,
 * would see that instead of the answer.
 */
function takeIn(request: Request): void {
  let left = MAX_REFUSED_BYTES;
  const cut = () => request.socket.destroy();
  const timer = setTimeout(cut, MAX_REFUSED_MS).unref();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cut();
  });
  request.on('error', () => {});
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

/** Errors of Express and its parts have a status; the router throws a URIError for `%` without two digits. */
function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isRedisAway(error)) return new AppError('backend_unavailable', 'Redis does not answer.', { cause: error });
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError(CODES[status] ?? 'invalid_request', undefined, { cause: error });
  }
  return AppError.from(error);
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};
