import type { Route } from '../http/route';

export const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  summary: 'Figures for Prometheus',
  statuses: [200],
  open: true,
  handler:
    ({ metrics: { registry } }) =>
    async (_request, response) => {
      const text = await registry.metrics();
      response.type(registry.contentType).send(text);
    },
};
