import { AppError } from '@packshot/contracts';
import type { Request } from 'express';
import type { z } from 'zod';
import { parse } from './field-errors';
import { parseJson } from './json';
import { readText } from './read-body';

/** Far more than any request has that carries no images. */
const MAX_BYTES = 100_000;

/** What endpoints that read a body with `jsonBody` may refuse. */
export const JSON_BODY_ERRORS = [
  'invalid_request',
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
] as const;

/**
 * The JSON body of a request as `schema` has it; no body at all counts as `{}`. Throws `unsupported_media_type`,
 * `body_too_large`, `invalid_json`, `invalid_request`.
 */
export async function jsonBody<T extends z.ZodType>(request: Request, schema: T): Promise<z.infer<T>> {
  const empty = request.get('content-length') === '0' && request.get('content-type') === undefined;
  if (!empty && request.is('application/json') === false)
    throw new AppError('unsupported_media_type', 'Send application/json.');
  const text = await readText(request, MAX_BYTES, () => {});
  return parse(schema, text === '' ? {} : parseJson(text));
}
