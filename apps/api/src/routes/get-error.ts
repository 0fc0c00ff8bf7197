import { AppError, ERRORS, errorCodeSchema, isErrorCode } from '@packshot/contracts';
import { z } from 'zod';
import type { Route } from '../http/route';

const errorSchema = z
  .object({
    code: errorCodeSchema,
    status: z.int().describe('of an answer that refuses a request with it'),
    retryable: z.boolean().describe('whether the same thing can succeed later, unchanged'),
    text: z.string(),
  })
  .meta({ id: 'ErrorDescription', description: 'What a code means.' });

/** Where the `type` of a problem leads. */
export const getError: Route = {
  method: 'GET',
  path: '/errors/:code',
  params: { code: errorCodeSchema },
  operationId: 'getError',
  tag: 'service',
  summary: 'What an error code means; the `type` of a problem leads here',
  scope: null,
  answers: { 200: { description: 'The error', schema: errorSchema } },
  errors: ['not_found'],
  handler: () => (request, response) => {
    const code = String(request.params.code);
    if (!isErrorCode(code)) throw new AppError('not_found', 'There is no error of that code.');
    const { status, retryable, text } = ERRORS[code];
    response.set('Cache-Control', 'no-cache').json({ code, status, retryable, text });
  },
};
