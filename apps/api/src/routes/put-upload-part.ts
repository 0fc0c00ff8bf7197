import { AppError } from '@packshot/contracts';
import { uploadPartKey } from '@packshot/storage';
import { z } from 'zod';
import type { Route } from '../http/route';
import { CONTENT_ERRORS, receiveContent, verifyAddress } from '../uploads/receive-content';
import { requireUpload } from '../uploads/require-upload';
import { plannedParts } from '../uploads/targets';

export const putUploadPart: Route = {
  method: 'PUT',
  path: '/uploads/:upload/parts/:part',
  operationId: 'putUploadPart',
  tag: 'uploads',
  summary: 'Send a part of an upload; the address is the `url` of one of its `parts`',
  scope: null,
  params: { part: z.coerce.number().int().min(1) },
  query: z.object({ expires: z.string(), signature: z.string() }),
  body: { 'application/octet-stream': { schema: z.file() } },
  answers: { 200: { description: 'It is stored', headers: { ETag: 'SHA-256 of the part' } } },
  errors: CONTENT_ERRORS,
  handler: (deps) => async (request, response) => {
    await verifyAddress(deps, request);
    const upload = await requireUpload(deps, request, null);
    const part = plannedParts(upload).find(({ number }) => String(number) === request.params.part);
    if (!part) throw new AppError('not_found', 'The upload has no such part.');
    const key = uploadPartKey(upload.id, part.number);
    const content = { key, bytes: part.bytes, contentType: 'application/octet-stream', requiredType: null };
    await receiveContent(deps, request, response, content);
  },
};
