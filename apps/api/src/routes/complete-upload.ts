import { AppError, uploadSchema } from '@packshot/contracts';
import { baseUrl } from '../http/base-url';
import { visibleTenant } from '../http/principal';
import type { Route } from '../http/route';
import { requireUpload } from '../uploads/require-upload';
import { hasArrived, uploadTargets } from '../uploads/targets';
import { uploadView } from '../uploads/view';

export const completeUpload: Route = {
  method: 'POST',
  path: '/uploads/:upload/complete',
  operationId: 'completeUpload',
  tag: 'uploads',
  summary: 'Join the parts of a multipart upload once all are sent; of other uploads, make sure that they are there',
  scope: 'submit',
  answers: { 200: { description: 'The upload, which has arrived', schema: uploadSchema } },
  errors: ['not_found', 'upload_incomplete', 'storage_error'],
  handler: (deps) => async (request, response) => {
    const upload = await requireUpload(deps, request, visibleTenant(response));
    if (upload.method === 'multipart') await uploadTargets(deps).join(upload);
    else if (!(await hasArrived(deps, upload))) throw new AppError('upload_incomplete');
    response.json(uploadView(upload, 'arrived', baseUrl(request, deps.config)));
  },
};
