import { modelListSchema } from '@packshot/contracts';
import { listModels as readModels } from '@packshot/jobs';
import type { Route } from '../http/route';

export const listModels: Route = {
  method: 'GET',
  path: '/models',
  operationId: 'listModels',
  tag: 'service',
  summary: 'Models: task, licence, what is installed and where it is loaded',
  scope: 'read',
  answers: {
    200: {
      description: 'What the workers that are alive know; without one there is nothing, and `as_of` is null',
      schema: modelListSchema,
    },
  },
  errors: [],
  handler:
    ({ jobs }) =>
    async (_request, response) => {
      response.set('Cache-Control', 'no-cache').json(await readModels(jobs.store));
    },
};
