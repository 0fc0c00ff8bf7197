import { AppError } from '@packshot/contracts';
import { resultName } from '@packshot/jobs';
import { idParam } from '../http/params';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { sendFile } from '../http/send-file';

export const getOriginal: Route = {
  method: 'GET',
  path: '/jobs/:job/items/:item/original',
  operationId: 'getOriginal',
  tag: 'results',
  summary: 'The image as it was handed in; of one that was named by `url` or `s3` nothing is stored',
  scope: 'read',
  answers: {
    200: { description: 'The image', mediaType: '*/*' },
    304: { description: 'It is still the one of `If-None-Match`' },
  },
  errors: ['not_found', 'storage_error'],
  handler: (deps) => async (request, response) => {
    const ids = [idParam(request, 'job'), idParam(request, 'item')] as const;
    const item = await deps.jobs.store.requireItem(...ids, visibleTenant(response));
    const { source, input } = item;
    if (source?.kind !== 'stored' && source?.kind !== 'upload') {
      throw new AppError('not_found', 'The image was named by its address, and is not stored here.');
    }
    const { content_type, sha256, bytes } = input;
    const file = { key: source.key, content_type: content_type ?? 'application/octet-stream', sha256, bytes };
    // It is what a client sent: shown on a page of ours it could be anything.
    response.set('Content-Security-Policy', "default-src 'none'; sandbox");
    await sendFile(deps, request, response, { file, name: input.name ?? resultName(item, file.content_type) });
  },
};
