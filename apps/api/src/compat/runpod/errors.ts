import { ERRORS, type ErrorCode } from '@packshot/contracts';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { ErrorForm } from '../../http/route';

/** What is wrong with the input: 400, as RunPod has no finer ones. */
const BAD_INPUT = [409, 413, 415, 422];

/** `{"error": "…"}`, from the endpoints and the worker alike. */
export const runPodErrors: ErrorForm = {
  schema: z.object({ error: z.string() }).meta({ id: 'RunPodError' }),
  statusOf: (code: ErrorCode) => (BAD_INPUT.includes(ERRORS[code].status) ? 400 : ERRORS[code].status),
  bodyOf: ({ message, errors }) => ({
    error: errors ? errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ') : message,
  }),
};

/** RunPod takes the key in `Authorization` without the word Bearer as well. */
export const takeBareKey: RequestHandler = (request, _response, next) => {
  const { authorization } = request.headers;
  if (authorization !== undefined && /^[^\s]+$/.test(authorization)) {
    request.headers.authorization = `Bearer ${authorization}`;
  }
  next();
};
