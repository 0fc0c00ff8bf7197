import { AppError, isId } from '@packshot/contracts';
import type { Request } from 'express';

/** The id in the path; throws `not_found` for what cannot be one, so that only ids are ever made into keys. */
export function idParam(request: Request, kind: 'job' | 'item'): string {
  const value = String(request.params[kind]);
  if (!isId(kind, value))
    throw new AppError('not_found', `That is not the id of ${kind === 'job' ? 'a job' : 'an item'}.`);
  return value;
}
