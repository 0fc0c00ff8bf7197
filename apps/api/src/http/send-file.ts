import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import type { StoredFile } from '@packshot/jobs';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { departure } from '../reading/departure';

/** Of an original that no worker has looked at yet, hash and size are not known. */
type Sendable = Pick<StoredFile, 'key' | 'content_type'> & { sha256: string | null; bytes: number | null };

/**
 * Streams a stored file, as `name` when it is saved. Its hash is its ETag, so a client that has it gets 304; `HEAD` is
 * answered from the record. When the client leaves, reading from the store ends.
 */
export async function sendFile(
  { storage }: Pick<Deps, 'storage'>,
  request: Request,
  response: Response,
  { file, name }: { file: Sendable; name: string },
): Promise<void> {
  response.attachment(name);
  response.set({
    'Content-Type': file.content_type,
    ...(file.sha256 !== null && { ETag: `"${file.sha256}"` }),
    // A retry of the job may put another result here: clients keep it, and ask whether it is still the one.
    'Cache-Control': 'private, no-cache',
  });
  if (request.fresh) return void response.status(304).end();
  if (request.method === 'HEAD') {
    if (file.bytes !== null) response.set('Content-Length', String(file.bytes));
    return void response.end();
  }
  const signal = departure(response);
  try {
    const { body, bytes } = await storage.get(file.key, { signal });
    response.set('Content-Length', String(bytes));
    await pipeline(body, response, { signal });
  } catch (error) {
    // The client left: there is nobody to answer, and the access log says so. A fault of the store is thrown even then.
    if (error instanceof AppError || !response.destroyed) throw error;
  }
}
