import { AppError } from '@packshot/contracts';
import { resultName } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';

export const getMask: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item/mask',
  operationId: 'getMask',
  tag: 'results',
  summary: 'The mask that cut the product out, as grey levels',
  scope: 'read',
  answers: {
    200: { description: 'The mask', mediaType: 'image/*' },
    304: { description: 'It is still the one of `If-None-Match`' },
  },
  errors: ['not_found', 'no_mask', 'result_not_ready', 'storage_error'],
  handler: (deps) => async (request, response) => {
    const ids = [idParam(request, 'job'), idParam(request, 'item')] as const;
    const item = await deps.jobs.store.requireItem(...ids, visibleTenant(response));
    const { mask: file, status } = item;
    if (status !== 'succeeded') throw new AppError('result_not_ready', `The item is ${status}.`);
    if (!file) throw new AppError('no_mask');
    await sendFile(deps, request, response, { file, name: resultName(item, file.content_type, '-mask') });
  },
};
