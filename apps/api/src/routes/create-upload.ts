import {
  AppError,
  newUploadSchema,
  newUploadsSchema,
  uploadTicketSchema,
  uploadTicketsSchema,
} from '@packshot/contracts';
import { z } from 'zod';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import { JSON_BODY_ERRORS } from '../http/json-body';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';
import {
  IDEMPOTENCY_ERRORS,
  IDEMPOTENCY_HEADER,
  idempotently,
  keepAnswer,
  REPLAYED_HEADER,
  sendAnswer,
} from '../idempotency/idempotently';
import { readWatched, watchBody } from '../intake/body-watch';
import { announceUploads } from '../uploads/create-uploads';

/** A thousand uploads with long names. */
const MAX_BYTES = 1_000_000;

export const createUpload: Route = {
  method: 'POST',
  path: '/uploads',
  operationId: 'createUpload',
  tag: 'uploads',
  summary: 'Get an address to send an image to, or up to 1000 of them, before a job is made of them',
  scope: 'submit',
  requestHeaders: IDEMPOTENCY_HEADER,
  body: {
    'application/json': {
      schema: z.union([newUploadSchema, newUploadsSchema]),
      example: { content_type: 'image/jpeg', bytes: 331_211, name: 'shoe.jpg' },
    },
  },
  answers: {
    201: {
      description: 'Where to send the image, or the images in the order of the request',
      schema: z.union([uploadTicketSchema, uploadTicketsSchema]),
      headers: { Location: 'address of the upload, when it is one', ...REPLAYED_HEADER },
      links: { getUpload: { upload: '$response.body#/id' }, completeUpload: { upload: '$response.body#/id' } },
    },
  },
  errors: [...IDEMPOTENCY_ERRORS, ...JSON_BODY_ERRORS, 'file_too_large', 'storage_error'],
  handler: (deps) => async (request, response) => {
    if (!request.is('application/json')) throw new AppError('unsupported_media_type', 'Send application/json.');
    const watch = watchBody(deps, request, response);
    await idempotently(deps, request, response, { operationId: 'createUpload', watch }, async (claim) => {
      const body = parseJson(await readWatched(request, MAX_BYTES, watch));
      const owner = { tenant: principalOf(response).tenant, baseUrl: baseUrl(request, deps.config) };
      const many = typeof body === 'object' && body !== null && 'uploads' in body;
      const wanted = many ? parse(newUploadsSchema, body).uploads : [parse(newUploadSchema, body)];
      const tickets = await announceUploads(deps, wanted, owner);
      const [ticket] = tickets;
      const location = many ? '' : (ticket?.links.self ?? '');
      const answer = { status: 201, location, body: JSON.stringify(many ? { uploads: tickets } : ticket) };
      // Uploads that nobody was told of are cleared away at their time.
      if (claim) await keepAnswer(deps, claim, answer);
      sendAnswer(response, answer);
    });
  },
};
