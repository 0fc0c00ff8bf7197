import { reportHealth } from '../health/report';
import type { Route } from '../http/route';

export const health: Route = {
  method: 'GET',
  path: '/health',
  summary: 'State of the API, its backends, its workers and their devices, for people and dashboards',
  statuses: [200, 503],
  open: true,
  handler: (deps) => async (_request, response) => {
    const report = await reportHealth(deps);
    response.set('Cache-Control', 'no-store');
    response.status(report.status === 'unavailable' ? 503 : 200).json(report);
  },
};
