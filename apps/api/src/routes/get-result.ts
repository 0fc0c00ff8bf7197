import { AppError } from '@packshot/contracts';
import { resultName } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';

export const getResult: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item/result',
  operationId: 'getResult',
  tag: 'results',
  summary: 'The finished image',
  scope: 'read',
  answers: {
    200: { description: 'The image', mediaType: '*/*' },
    304: { description: 'It is still the one of `If-None-Match`' },
  },
  errors: ['not_found', 'result_not_ready', 'storage_error'],
  handler: (deps) => async (request, response) => {
    const ids = [idParam(request, 'job'), idParam(request, 'item')] as const;
    const item = await deps.jobs.store.requireItem(...ids, visibleTenant(response));
    const { result: file, status } = item;
    if (status !== 'succeeded' || !file) throw new AppError('result_not_ready', `The item is ${status}.`);
    await sendFile(deps, request, response, { file, name: resultName(item, file.content_type) });
  },
};
