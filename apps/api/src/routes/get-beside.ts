import { AppError, BESIDE_FILES } from '@packshot/contracts';
import { resultName } from '@packshot/jobs';
import { z } from 'zod';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';

/** What the links of the item lead to, at an address of this server: pages that may ask nobody else can read it too. */
export const getBeside: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item/also/:name',
  params: { name: z.enum(BESIDE_FILES) },
  operationId: 'getBeside',
  tag: 'results',
  summary: 'What lies beside the result, by its name in the `also` of the item',
  scope: 'read',
  answers: {
    200: { description: 'The file', mediaType: '*/*' },
    304: { description: 'It is still the one of `If-None-Match`' },
  },
  errors: ['not_found', 'result_not_ready', 'storage_error'],
  handler: (deps) => async (request, response) => {
    const ids = [idParam(request, 'job'), idParam(request, 'item')] as const;
    const item = await deps.jobs.store.requireItem(...ids, visibleTenant(response));
    const name = BESIDE_FILES.find((known) => known === request.params.name);
    if (item.status !== 'succeeded') throw new AppError('result_not_ready', `The item is ${item.status}.`);
    const file = name && item.also[name];
    if (!file) throw new AppError('not_found', 'There is nothing of this name beside the result.');
    await sendFile(deps, request, response, { file, name: resultName(item, file.content_type, `-${name}`) });
  },
};
