import { newId } from '@packshot/contracts';
import type { RequestHandler, Response } from 'express';

/** What fits into a log line and a header without quoting. */
const ACCEPTABLE = /^[A-Za-z0-9._:-]{1,128}$/;

/** Takes the client's `X-Request-Id` over when it is well formed, else makes one; the answer carries it either way. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  const id = given !== undefined && ACCEPTABLE.test(given) ? given : newId('req');
  response.locals.requestId = id;
  response.set('X-Request-Id', id);
  next();
};

export function requestIdOf(response: Response): string {
  return String(response.locals.requestId);
}
