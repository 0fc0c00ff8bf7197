import type { RequestHandler, Response } from 'express';

/** Lets `set` add headers to every answer right before they go out, refusals included. */
export function beforeHeaders(set: (response: Response, seconds: number) => void): RequestHandler {
  return (_request, response, next) => {
    const begun = performance.now();
    const { writeHead } = response;
    response.writeHead = (...args: unknown[]) => {
      set(response, (performance.now() - begun) / 1000);
      return writeHead.apply(response, args as Parameters<typeof writeHead>);
    };
    next();
  };
}
