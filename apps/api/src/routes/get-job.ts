import { isTerminal } from '@packshot/contracts';
import { toJobView } from '@packshot/jobs';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const getJob: Route = {
  method: 'GET',
  path: '/jobs/:job',
  summary: 'Status and progress of a job',
  statuses: [200, 304, 401, 404, 503],
  handler:
    ({ jobs }) =>
    async (request, response) => {
      const view = toJobView(await jobs.store.require(idParam(request, 'job')));
      if (!isTerminal(view.status)) response.set('Retry-After', '1');
      response.set('Cache-Control', 'private, no-cache').json(view);
    },
};
