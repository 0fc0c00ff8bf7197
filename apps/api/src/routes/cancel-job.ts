import { toJobView } from '@packshot/jobs';
import { idParam } from '../http/params';
import type { Route } from '../http/route';

export const cancelJob: Route = {
  method: 'POST',
  path: '/jobs/:job/cancel',
  summary: 'Cancel what has not ended; what is being processed stops at its next stage',
  statuses: [200, 401, 404, 409, 503],
  handler:
    ({ jobs }) =>
    async (request, response) => {
      response.json(toJobView(await jobs.cancel(idParam(request, 'job'))));
    },
};
