import type { RequestHandler } from 'express';
import type { Deps } from '../deps';
import { requestIdOf } from './request-id';

/** One line per request when its answer is out or its client is gone, and the same in the metrics. */
export function accessLog({ logger, metrics }: Pick<Deps, 'logger' | 'metrics'>): RequestHandler {
  return (request, response, next) => {
    const begun = performance.now();
    response.once('close', () => {
      const durationMs = performance.now() - begun;
      // The pattern, not the path: ids would make a time series of every job.
      const route = typeof request.route?.path === 'string' ? request.route.path : 'unmatched';
      const aborted = !response.writableFinished;
      // 499 is what proxies write for a client that left before its answer.
      const status = aborted && !response.headersSent ? 499 : response.statusCode;
      metrics.observeRequest({ method: request.method, route, status, seconds: durationMs / 1000 });
      logger.log(QUIET.test(route) ? 'debug' : 'info', 'request', {
        method: request.method,
        path: request.path,
        route,
        status,
        duration_ms: Math.round(durationMs),
        request_id: requestIdOf(response),
        bytes: Number(response.getHeader('content-length') ?? 0),
        ...(aborted && { aborted }),
      });
    });
    next();
  };
}

/** Asked every few seconds by machines. */
const QUIET = /^\/(health|metrics)/;
