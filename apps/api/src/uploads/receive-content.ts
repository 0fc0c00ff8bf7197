import { Readable } from 'node:stream';
import { AppError } from '@packshot/contracts';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { bodyChunks } from '../http/read-body';
import { whenGone } from '../http/when-gone';

export interface ExpectedContent {
  key: string;
  bytes: number;
  /** Of the object. */
  contentType: string;
  /** What the request must say its type is; null: nothing. */
  requiredType: string | null;
}

/** What `receiveContent` may refuse. */
export const CONTENT_ERRORS = [
  'invalid_request',
  'invalid_signature',
  'unsupported_media_type',
  'not_found',
  'overloaded',
  'storage_error',
  'backend_unavailable',
] as const;

/** Checks that the address is one we signed, and still good. Throws `invalid_signature`. */
export async function verifyAddress({ signer }: Pick<Deps, 'signer'>, request: Request): Promise<URLSearchParams> {
  const { pathname, searchParams } = new URL(request.originalUrl, 'http://localhost');
  return signer.verify(pathname, searchParams);
}

/**
 * Stores a body that was announced: exactly so many bytes of exactly this type, as a bucket would take it. Of another one
 * nothing stays. Answers with the digest as ETag.
 */
export async function receiveContent(
  { storage, inFlight, metrics }: Deps,
  request: Request,
  response: Response,
  { key, bytes, contentType, requiredType }: ExpectedContent,
): Promise<void> {
  if (Number(request.get('content-length')) !== bytes) {
    throw new AppError('invalid_request', `The body must have exactly ${bytes} bytes, and say so in Content-Length.`);
  }
  if (requiredType !== null && request.get('content-type')?.toLowerCase() !== requiredType) {
    throw new AppError('unsupported_media_type', `The Content-Type must be ${requiredType}.`);
  }
  const body = inFlight.countBody(request, 1);
  whenGone(response, body.release);
  const chunks = Readable.from(bodyChunks(request, 'invalid_request'), { objectMode: false });
  const { sha256 } = await storage.put(key, chunks, { contentType, maxBytes: bytes });
  metrics.countUpload(bytes);
  response.set('ETag', `"${sha256}"`).status(200).end();
}
