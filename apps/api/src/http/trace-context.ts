import { continueTrace, formatTrace, type Trace, withLogFields } from '@packshot/service';
import type { RequestHandler, Response } from 'express';
import { requestIdOf } from './request-id';

/**
 * Goes on with the caller's trace (`traceparent`, `tracestate`) or begins one. The answer names it (`traceresponse`, as level
 * 2 of W3C Trace Context proposes), and so does every line logged while the request is served. Comes after `requestId`.
 */
export const traceContext: RequestHandler = (request, response, next) => {
  const trace = continueTrace(request.get('traceparent'), request.get('tracestate'));
  response.locals.trace = trace;
  response.set('traceresponse', formatTrace(trace));
  withLogFields({ request_id: requestIdOf(response), trace_id: trace.traceId }, next);
};

/** The request's place in its trace; what is done later on its behalf goes on from there. */
export function traceOf(response: Response): Trace {
  return response.locals.trace as Trace;
}
