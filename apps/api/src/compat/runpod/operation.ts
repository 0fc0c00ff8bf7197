import { AppError } from '@packshot/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import type { Route } from '../../http/route';

/** A call of RunPod's, below whatever prefix. */
export type Operation = Pick<Route, 'method' | 'path' | 'summary' | 'scope' | 'answers' | 'errors' | 'handler'> &
  Partial<Route> & { name: string };

/** Names an endpoint in a path; anything does. */
export const endpointName = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/);

/** The one that a request names; '' where the path has none. Throws `not_found`. */
export const endpointOf = (request: Request) => {
  const { endpoint } = request.params;
  const parsed = endpointName.or(z.undefined()).safeParse(endpoint);
  if (!parsed.success) throw new AppError('not_found', 'That is not the name of an endpoint.');
  return parsed.data ?? '';
};
