import { AppError, type IdKind, isId } from '@packshot/contracts';
import type { Request } from 'express';

const NAMES = {
  job: 'a job',
  item: 'an item',
  key: 'a key',
  ep: 'a webhook endpoint',
  dlv: 'a webhook delivery',
} as const satisfies Partial<Record<IdKind, string>>;

/** The id in the path; throws `not_found` for what cannot be one, so that only ids are ever made into keys. */
export function idParam(request: Request, kind: keyof typeof NAMES, parameter: string = kind): string {
  const value = String(request.params[parameter]);
  if (!isId(kind, value)) throw new AppError('not_found', `That is not the id of ${NAMES[kind]}.`);
  return value;
}
