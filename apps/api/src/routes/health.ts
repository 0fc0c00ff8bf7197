import { z } from 'zod';
import { rmbgHealth, rmbgHealthSchema } from '../compat/rmbg-health';
import { reportHealth } from '../health/report';
import { healthReportSchema } from '../health/schema';
import type { Route } from '../http/route';

/** The second when `HEALTH_FORM` says so. */
const schema = z.union([healthReportSchema, rmbgHealthSchema]);

export const health: Route = {
  method: 'GET',
  path: '/health',
  operationId: 'getHealth',
  tag: 'service',
  summary: 'State of the API, its backends, its workers and their devices, for people and dashboards',
  scope: null,
  answers: {
    200: { description: 'Jobs are accepted', schema },
    503: { description: 'A backend cannot be used', schema },
  },
  errors: [],
  handler: (deps) => async (_request, response) => {
    const report = await reportHealth(deps);
    response.set('Cache-Control', 'no-store');
    response
      .status(report.status === 'unavailable' ? 503 : 200)
      .json(deps.config.HEALTH_FORM === 'rmbg' ? rmbgHealth(report) : report);
  },
};
