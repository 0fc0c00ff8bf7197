import { AppError } from '@packshot/contracts';
import express, { type Express, type RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { QUEUES_PAGE, queuesPage } from './admin/queues-page';
import type { Deps } from './deps';
import { accessLog } from './http/access-log';
import { authenticate, requireScope } from './http/auth';
import { askServers, takeBasicOfServers } from './http/basic-credentials';
import { crossOrigin } from './http/cors';
import { answerErrors, answerErrorsAs } from './http/errors';
import { processTime } from './http/process-time';
import { limitRate } from './http/rate-limit';
import { requestId } from './http/request-id';
import { traceContext } from './http/trace-context';
import { ROUTES } from './routes';

/** For answers that are data. Transport security is announced by whoever terminates TLS. */
const HEADERS: HelmetOptions = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  strictTransportSecurity: false,
};

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** The API as an Express application that does not listen yet. */
export function createApp(deps: Deps): Express {
  const { config, inFlight } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.TRUST_PROXY ?? false);
  app.use(processTime, requestId, traceContext, accessLog(deps), helmet(HEADERS));
  const pages = crossOrigin(config);
  if (pages) app.use(pages);
  const guards = [inFlight.admit, authenticate(deps), limitRate(deps)];
  for (const route of ROUTES) {
    const guarded = route.scope === null ? [] : [...guards, requireScope(route.scope)];
    const own = [
      ...(route.errorForm ? [answerErrorsAs(route.errorForm)] : []),
      ...(route.prepare ? [route.prepare] : []),
    ];
    const handlers = [...own, ...guarded, route.handler(deps)];
    app[METHODS[route.method]](route.path, ...(route.basic ? [takeBasicOfServers, ...handlers, askServers] : handlers));
  }
  for (const path of new Set(ROUTES.map((route) => route.path))) app.all(path, refuseMethod(path));
  app.use(QUEUES_PAGE, queuesPage(deps, [...guards, requireScope('admin')]));
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
