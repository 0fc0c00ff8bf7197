import type { Request, Response } from 'express';
import type { Deps } from '../deps';

type Handler = (request: Request, response: Response) => Promise<void> | void;

/** One endpoint. `routes/index.ts` lists them all; the documentation's table is checked against that list. */
export interface Route {
  method: 'GET' | 'POST';
  /** As Express writes it. A `GET` route answers `HEAD` as well. */
  path: string;
  summary: string;
  /** Every status the endpoint can answer. */
  statuses: readonly number[];
  /** Needs no API key and is served however busy the server is. */
  open?: true;
  handler(deps: Deps): Handler;
}
