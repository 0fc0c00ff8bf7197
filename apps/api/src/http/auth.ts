import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@packshot/contracts';
import type { Request, RequestHandler } from 'express';

const digest = (key: string) => createHash('sha256').update(key).digest();

/**
 * Lets a request pass that carries one of `keys`, as `Authorization: Bearer …` or as `X-API-Key`; without any keys everything
 * passes. Digests of equal length are compared in constant time, and all of them, so that timing tells nothing.
 */
export function requireKey(keys: readonly string[]): RequestHandler {
  const known = keys.map(digest);
  return (request, response, next) => {
    if (known.length === 0) return next();
    const given = keyOf(request);
    if (given !== null) {
      const sent = digest(given);
      const matches = known.filter((key) => timingSafeEqual(key, sent));
      if (matches.length > 0) return next();
    }
    // RFC 6750, section 3: the error is named only when a key was sent.
    response.set('WWW-Authenticate', given === null ? 'Bearer' : 'Bearer error="invalid_token"');
    next(new AppError('unauthorized', given === null ? undefined : 'The API key is not known.'));
  };
}

function keyOf(request: Request): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? request.get('x-api-key') ?? null;
}
