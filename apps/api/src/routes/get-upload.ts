import { uploadSchema } from '@packshot/contracts';
import { baseUrl } from '../http/base-url';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { requireUpload } from '../uploads/require-upload';
import { hasArrived } from '../uploads/targets';
import { uploadView } from '../uploads/view';

export const getUpload: Route = {
  method: 'GET',
  path: '/uploads/:upload',
  operationId: 'getUpload',
  tag: 'uploads',
  summary: 'Whether an upload has arrived',
  scope: 'read',
  answers: {
    200: { description: 'The upload', schema: uploadSchema },
    304: { description: 'It is still the one of `If-None-Match`' },
  },
  errors: ['not_found', 'storage_error'],
  handler: (deps) => async (request, response) => {
    const upload = await requireUpload(deps, request, visibleTenant(response));
    const status = (await hasArrived(deps, upload)) ? 'arrived' : 'waiting';
    response.json(uploadView(upload, status, baseUrl(request, deps.config)));
  },
};
