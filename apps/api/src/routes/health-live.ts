import { z } from 'zod';
import type { Route } from '../http/route';

export const healthLive: Route = {
  method: 'GET',
  path: '/health/live',
  operationId: 'isLive',
  tag: 'service',
  summary: 'Whether the process runs; restart it when this does not answer',
  scope: null,
  answers: { 200: { description: 'It runs', schema: z.object({ status: z.literal('live') }) } },
  errors: [],
  handler: () => (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'live' });
  },
};
