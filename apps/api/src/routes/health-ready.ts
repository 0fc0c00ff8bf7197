import type { Route } from '../http/route';

export const healthReady: Route = {
  method: 'GET',
  path: '/health/ready',
  summary: 'Whether jobs can be accepted; send no traffic while this answers 503',
  statuses: [200, 503],
  open: true,
  handler:
    ({ backends }) =>
    async (_request, response) => {
      const states = await backends.check();
      const reasons = Object.entries(states).flatMap(([backend, { ok, reason }]) => (ok ? [] : [{ backend, reason }]));
      const ready = reasons.length === 0;
      response.set('Cache-Control', 'no-store');
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready', reasons });
    },
};
