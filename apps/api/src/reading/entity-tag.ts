import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

/** A weak entity tag of a text: the same for the same state of what it shows. */
export function entityTag(text: string): string {
  return `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
}

/**
 * Whether `If-None-Match` names this tag (RFC 9110, section 13.1.2: compared weakly). What `Cache-Control` of the request says
 * is for caches: `fetch` adds `no-cache` to every request with this header, and would never get a 304 otherwise.
 */
export function isKnown(request: Request, tag: string): boolean {
  const given = request.get('if-none-match');
  if (given === undefined) return false;
  if (given.trim() === '*') return true;
  const opaque = (each: string) => each.replace(/^W\//, '');
  return (given.match(/(?:W\/)?"[^"]*"/g) ?? []).some((each) => opaque(each) === opaque(tag));
}

/** The view as JSON, or 304 when the client has it. */
export function sendView(request: Request, response: Response, view: unknown): void {
  const text = JSON.stringify(view);
  const tag = entityTag(text);
  response.set({ 'Cache-Control': 'private, no-cache', ETag: tag });
  if (isKnown(request, tag)) return void response.status(304).end();
  response.type('json').send(text);
}
