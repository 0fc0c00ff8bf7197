import type { Response } from 'express';

/** Aborted when the client leaves, or has its answer. */
export function departure(response: Response): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}
