import { reportHealth } from '../health/report';
import { healthReportSchema } from '../health/schema';
import type { Route } from '../http/route';

export const health: Route = {
  method: 'GET',
  path: '/health',
  operationId: 'getHealth',
  tag: 'service',
  summary: 'State of the API, its backends, its workers and their devices, for people and dashboards',
  scope: null,
  answers: {
    200: { description: 'Jobs are accepted', schema: healthReportSchema },
    503: { description: 'A backend cannot be used', schema: healthReportSchema },
  },
  errors: [],
  handler: (deps) => async (_request, response) => {
    const report = await reportHealth(deps);
    response.set('Cache-Control', 'no-store');
    response.status(report.status === 'unavailable' ? 503 : 200).json(report);
  },
};
