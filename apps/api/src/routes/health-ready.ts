import { readinessSchema } from '../health/schema';
import type { Route } from '../http/route';

export const healthReady: Route = {
  method: 'GET',
  path: '/health/ready',
  operationId: 'isReady',
  tag: 'service',
  summary: 'Whether jobs can be accepted; send no traffic while this answers 503',
  scope: null,
  answers: {
    200: { description: 'Jobs can be accepted', schema: readinessSchema },
    503: { description: 'They cannot; `reasons` says why', schema: readinessSchema },
  },
  errors: [],
  handler:
    ({ backends, leaving }) =>
    async (_request, response) => {
      const states = await backends.check();
      const reasons = Object.entries(states).flatMap(([backend, { ok, reason }]) => (ok ? [] : [{ backend, reason }]));
      if (leaving.aborted) reasons.push({ backend: 'api', reason: 'It is shutting down.' });
      const ready = reasons.length === 0;
      response.set('Cache-Control', 'no-store');
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready', reasons });
    },
};
