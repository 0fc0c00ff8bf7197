import type { RequestHandler } from 'express';
import { beforeHeaders } from './before-headers';

/** How many seconds each answer took, refusals included, under the name that clients of the RMBG service look for it. */
export const processTime: RequestHandler = beforeHeaders((response, seconds) =>
  response.setHeader('X-Process-Time', String(seconds)),
);
