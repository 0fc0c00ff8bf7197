import { AppError } from '@packshot/contracts';
import { idParam } from '../http/params';
import { resultName } from '../http/result-name';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';

export const getMask: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item/mask',
  summary: 'The mask that cut the product out, as grey levels',
  statuses: [200, 304, 401, 404, 409, 503],
  handler: (deps) => async (request, response) => {
    const item = await deps.jobs.store.requireItem(idParam(request, 'job'), idParam(request, 'item'));
    const { mask: file, status } = item;
    if (status !== 'succeeded') throw new AppError('result_not_ready', `The item is ${status}.`);
    if (!file) throw new AppError('no_mask');
    await sendFile(deps, request, response, { file, name: resultName(item, file.content_type, '-mask') });
  },
};
