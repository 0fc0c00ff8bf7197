import { AppError } from '@packshot/contracts';
import express, { type Express, type RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import type { Deps } from './deps';
import { accessLog } from './http/access-log';
import { requireKey } from './http/auth';
import { answerErrors } from './http/errors';
import { requestId } from './http/request-id';
import { ROUTES } from './routes';

/** For answers that are data. Transport security is announced by whoever terminates TLS. */
const HEADERS: HelmetOptions = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  strictTransportSecurity: false,
};

/** The API as an Express application that does not listen yet. */
export function createApp(deps: Deps): Express {
  const { config, inFlight } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.TRUST_PROXY ?? false);
  app.use(requestId, accessLog(deps), helmet(HEADERS));
  const guards = [requireKey(config.API_KEYS), inFlight.admit];
  for (const route of ROUTES) {
    const handlers = [...(route.open ? [] : guards), route.handler(deps)];
    if (route.method === 'GET') app.get(route.path, handlers);
    else app.post(route.path, handlers);
  }
  for (const path of new Set(ROUTES.map((route) => route.path))) app.all(path, refuseMethod(path));
  app.use((request, _response, next) =>
    next(new AppError('not_found', `There is nothing at ${request.path.slice(0, 200)}.`)),
  );
  app.use(answerErrors(deps));
  return app;
}

function refuseMethod(path: string): RequestHandler {
  const methods = ROUTES.filter((route) => route.path === path).map(({ method }) => method as string);
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  return (request, response, next) => {
    response.set('Allow', allow);
    next(new AppError('method_not_allowed', `${request.method} is not allowed here; allowed are ${allow}.`));
  };
}
