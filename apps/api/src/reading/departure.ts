import type { Response } from 'express';
import { whenGone } from '../http/when-gone';

/** Aborted when the client leaves, or has its answer. */
export function departure(response: Response): AbortSignal {
  const gone = new AbortController();
  whenGone(response, () => gone.abort());
  return gone.signal;
}
