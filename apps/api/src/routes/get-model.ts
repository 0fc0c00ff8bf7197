import { AppError, modelViewSchema } from '@packshot/contracts';
import { listModels } from '@packshot/jobs';
import { z } from 'zod';
import type { Route } from '../http/route';

export const getModel: Route = {
  method: 'GET',
  path: '/models/:model',
  params: { model: z.string().min(1) },
  operationId: 'getModel',
  tag: 'service',
  summary: 'One model; while no worker is alive that could say, 503',
  scope: 'read',
  answers: { 200: { description: 'The model', schema: modelViewSchema } },
  errors: ['not_found'],
  handler:
    ({ jobs }) =>
    async (request, response) => {
      const { as_of, models } = await listModels(jobs.store);
      if (as_of === null) throw new AppError('backend_unavailable', 'No worker is alive that knows its models.');
      const model = models.find(({ id }) => id === request.params.model);
      if (!model) throw new AppError('not_found', 'There is no such model.');
      response.set('Cache-Control', 'no-cache').json(model);
    },
};
