import cors from 'cors';
import type { RequestHandler } from 'express';
import type { ServerConfig } from './server-config';

/** What a page may read of an answer beside the few headers that browsers show anyway. */
const EXPOSED = [
  ...['Location', 'Link', 'ETag', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
  ...[
    'X-Request-Id',
    'X-Job-Id',
    'Idempotency-Replayed',
    'Preference-Applied',
    'Content-Disposition',
    'WWW-Authenticate',
  ],
];

/** Chromium remembers a preflight no longer than this. */
const PREFLIGHT_SECONDS = 7200;

/**
 * Lets web pages of the origins on the list use the API; null without a list. A preflight is answered here, before anybody is
 * asked for a key; an `OPTIONS` that is none goes on like any other method.
 */
export function crossOrigin({ CORS_ORIGINS, CORS_CREDENTIALS }: ServerConfig): RequestHandler | null {
  if (CORS_ORIGINS.length === 0) return null;
  const handle = cors({
    origin: CORS_ORIGINS.includes('*') ? '*' : CORS_ORIGINS,
    credentials: CORS_CREDENTIALS,
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  });
  return (request, response, next) => {
    const preflight = request.get('access-control-request-method') !== undefined;
    if (request.method === 'OPTIONS' && !preflight) return next();
    handle(request, response, next);
  };
}
