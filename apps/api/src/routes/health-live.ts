import type { Route } from '../http/route';

export const healthLive: Route = {
  method: 'GET',
  path: '/health/live',
  summary: 'Whether the process runs; restart it when this does not answer',
  statuses: [200],
  open: true,
  handler: () => (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'live' });
  },
};
