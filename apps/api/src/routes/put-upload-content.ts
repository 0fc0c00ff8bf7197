import { z } from 'zod';
import type { Route } from '../http/route';
import { CONTENT_ERRORS, receiveContent, verifyAddress } from '../uploads/receive-content';
import { requireUpload } from '../uploads/require-upload';

export const putUploadContent: Route = {
  method: 'PUT',
  path: '/uploads/:upload/content',
  operationId: 'putUploadContent',
  tag: 'uploads',
  summary: 'Send the image of an upload; the address is the `url` of the answer to POST /uploads',
  scope: null,
  query: z.object({ expires: z.string(), signature: z.string() }),
  body: { 'image/*': { schema: z.file() } },
  answers: { 200: { description: 'It is stored', headers: { ETag: 'SHA-256 of the image' } } },
  errors: CONTENT_ERRORS,
  handler: (deps) => async (request, response) => {
    await verifyAddress(deps, request);
    const { key, bytes, contentType } = await requireUpload(deps, request, null);
    await receiveContent(deps, request, response, { key, bytes, contentType, requiredType: contentType });
  },
};
