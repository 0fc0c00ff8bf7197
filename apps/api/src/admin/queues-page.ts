import { AppError } from '@packshot/contracts';
import { type RequestHandler, Router } from 'express';
import type { Deps } from '../deps';
import { basePath } from '../http/base-url';
import { askForCredentials, takeBasicCredentials } from '../http/basic-credentials';

export const QUEUES_PAGE = '/admin/queues';

/** Of the page alone: its own scripts and styles, and the styles it sets on elements. Fonts from elsewhere are not loaded. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

/**
 * What may be changed, even with ADMIN_QUEUES_WRITE. Deleting, emptying and adding are not among it: a message that waits for
 * another attempt is all that leads back to its item. Jobs are canceled and deleted through the API, which ends their items.
 */
const CHANGES = [
  /^\/api\/queues\/(pause|resume)$/,
  /^\/api\/queues\/[\w-]+\/(pause|resume|promote)$/,
  /^\/api\/queues\/[\w-]+\/[\w.-]+\/promote$/,
];

/**
 * `/admin/queues`: what waits and what failed, for people with the scope `admin`. bull-board is loaded when the first of them
 * comes. `guards` find out who asks and require the scope.
 */
export function queuesPage({ config, jobs }: Pick<Deps, 'config' | 'jobs'>, guards: readonly RequestHandler[]): Router {
  const readOnly = !config.ADMIN_QUEUES_WRITE;
  const open = () => {
    const { createQueueBoard }: typeof import('./queue-board') = require('./queue-board');
    return createQueueBoard({ queues: jobs.queues, path: basePath(config) + QUEUES_PAGE, readOnly });
  };
  let board: RequestHandler | undefined;
  const router = Router();
  router.use(takeBasicCredentials, ...guards, refuseChanges(readOnly), (request, response, next) => {
    board ??= open();
    response.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store' });
    board(request, response, next);
  });
  router.use(askForCredentials);
  return router;
}

function refuseChanges(readOnly: boolean): RequestHandler {
  return (request, _response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    if (readOnly) throw new AppError('forbidden', 'The queues are only shown here; ADMIN_QUEUES_WRITE allows changes.');
    if (!CHANGES.some((path) => path.test(request.path))) {
      throw new AppError('forbidden', 'This could lose an item. Cancel or delete its job instead.');
    }
    // Browsers send the key by themselves, also for what another site's page asks for.
    const site = request.get('sec-fetch-site');
    const foreign = site === undefined ? request.get('origin') !== undefined : site !== 'same-origin';
    if (foreign) throw new AppError('forbidden', 'Changes are taken from this page only.');
    next();
  };
}
