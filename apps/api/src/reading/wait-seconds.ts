import { getJobQuerySchema } from '@packshot/contracts';
import type { Request, Response } from 'express';
import { parse } from '../http/field-errors';

const MOST_SECONDS = 60;
/** RFC 7240, section 4.3, among other preferences. */
const PREFER_WAIT = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i;
/** RFC 7240, section 4.1. */
const PREFER_ASYNC = /(?:^|[,;])\s*respond-async\s*(?=$|[,;])/i;

/**
 * How long the answer may be held back, from `?wait=` or, without it, from `Prefer: wait=`, which is answered with
 * `Preference-Applied`. A preference for more than a minute gets a minute. Throws `invalid_request`.
 */
export function waitSeconds(request: Request, response: Response): number {
  const { wait } = parse(getJobQuerySchema, request.query);
  if (wait !== undefined) return wait;
  return preferredWait(request, response) ?? 0;
}

/** What `Prefer: wait=` asks for, or `respond-async` without it, and says that it is heeded; null without either. */
export function preferredWait(request: Request, response: Response): number | null {
  const preferences = request.get('prefer') ?? '';
  const preferred = PREFER_WAIT.exec(preferences)?.[1];
  if (preferred === undefined) {
    if (!PREFER_ASYNC.test(preferences)) return null;
    response.set('Preference-Applied', 'respond-async');
    return 0;
  }
  const seconds = Math.min(Number(preferred), MOST_SECONDS);
  response.set('Preference-Applied', `wait=${seconds}`);
  return seconds;
}
