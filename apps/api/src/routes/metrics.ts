import type { Route } from '../http/route';

export const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  operationId: 'getMetrics',
  tag: 'service',
  summary: 'Figures for Prometheus',
  scope: null,
  answers: { 200: { description: 'Figures', mediaType: 'text/plain' } },
  errors: [],
  handler:
    ({ metrics: { registry } }) =>
    async (_request, response) => {
      const text = await registry.metrics();
      response.type(registry.contentType).send(text);
    },
};
