import { AppError } from '@packshot/contracts';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';

/** For who can do nothing but HTTP Basic (RFC 7617): the password is taken for the key, the name may be anything. */
export const takeBasicCredentials: RequestHandler = (request, _response, next) => {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(request.get('authorization') ?? '') ?? [];
  if (encoded !== undefined) {
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    request.headers.authorization = `Bearer ${credentials.slice(credentials.indexOf(':') + 1)}`;
  }
  next();
};

/** Who was refused is asked for a name and a password: browsers ask their users, and some servers send none before. */
export const askForCredentials: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof AppError && error.code === 'unauthorized') {
    response.set('WWW-Authenticate', 'Basic realm="Packshot", charset="UTF-8"');
  }
  next(error);
};

/** The same, but not for browsers: they send on what was typed in for /admin/queues, whoever's page makes the request. */
export const takeBasicOfServers: RequestHandler = (request, response, next) =>
  isBrowser(request) ? next() : takeBasicCredentials(request, response, next);
export const askServers: ErrorRequestHandler = (error, request, response, next) =>
  isBrowser(request) ? next(error) : askForCredentials(error, request, response, next);

function isBrowser(request: Request): boolean {
  return request.get('sec-fetch-site') !== undefined || request.get('origin') !== undefined;
}
