import { AppError } from '@packshot/contracts';
import { z } from 'zod';

/** A string of RFC 8941, section 3.3.3: printable ASCII in quotes, with `\"` and `\\`. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As most clients write it. No space: two headers are joined by one. */
const BARE = /^[\x21\x23-\x7e]+$/;
const MAX_LENGTH = 255;

/** Both forms, for the contract. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^([!#-~]{1,255}|"([ !#-[\]-~]|\\["\\]){1,255}")$/)
  .describe('1 to 255 printable characters, quoted or bare');

/** The value of an `Idempotency-Key` header, quoted or bare; throws `invalid_request`. Null when there is none. */
export function parseIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const quoted = QUOTED.exec(header.trim())?.[1]?.replace(/\\(.)/g, '$1');
  const key = quoted ?? (BARE.test(header.trim()) ? header.trim() : '');
  if (key.length >= 1 && key.length <= MAX_LENGTH) return key;
  throw new AppError('invalid_request', `Idempotency-Key has 1 to ${MAX_LENGTH} printable characters, quoted or bare.`);
}
