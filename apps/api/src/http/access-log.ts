import type { Request, RequestHandler } from 'express';
import { QUEUES_PAGE } from '../admin/queues-page';
import type { Deps } from '../deps';
import { requestIdOf } from './request-id';
import { traceOf } from './trace-context';

/** One line per request when its answer is out or its client is gone, and the same in the metrics. */
export function accessLog({ logger, metrics }: Pick<Deps, 'logger' | 'metrics'>): RequestHandler {
  return (request, response, next) => {
    const begun = performance.now();
    // Without the query, which may hold a signature. Mounted applications change `request.path`.
    const path = request.path;
    // Those who look after one answer are more than the ten at which Node suspects a leak.
    response.setMaxListeners(20);
    response.once('close', () => {
      const durationMs = performance.now() - begun;
      const route = routeOf(request, path);
      const aborted = !response.writableFinished;
      // 499 is what proxies write for a client that left before its answer.
      const status = aborted && !response.headersSent ? 499 : response.statusCode;
      metrics.observeRequest({ method: request.method, route, status, seconds: durationMs / 1000 });
      logger.log(QUIET.test(route) ? 'debug' : 'info', 'request', {
        method: request.method,
        path,
        route,
        status,
        duration_ms: Math.round(durationMs),
        // By hand: the socket tells us of the end outside of what is logged with the request's fields.
        request_id: requestIdOf(response),
        trace_id: traceOf(response).traceId,
        span_id: traceOf(response).spanId,
        bytes: Number(response.getHeader('content-length') ?? 0),
        ...(aborted && { aborted }),
      });
    });
    next();
  };
}

/** The pattern, not the path: ids would make a time series of every job. */
function routeOf(request: Request, path: string): string {
  if (path.startsWith(QUEUES_PAGE)) return QUEUES_PAGE;
  return typeof request.route?.path === 'string' ? request.route.path : 'unmatched';
}

/** Asked every few seconds by machines. */
const QUIET = /^\/(health|metrics)/;
