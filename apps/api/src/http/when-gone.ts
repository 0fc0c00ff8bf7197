import type { Response } from 'express';

/** Calls `then` once the answer is out or its client has left; at once where that has happened, for no event tells it again. */
export function whenGone(response: Response, then: () => void): void {
  if (response.destroyed) then();
  else response.once('close', then);
}
