import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import type { StoredFile } from '@packshot/jobs';
import type { Response } from 'express';
import type { Deps } from '../deps';
import { departure } from '../reading/departure';

/** What stands in a body where the file goes. */
export const FILE = '\u0000file\u0000';
const PLACE = JSON.stringify(FILE).slice(1, -1);

/** Sends `body` as JSON, with the bytes of a stored file as base64 in place of `FILE`: streamed, for results may be large. */
export async function sendWithFile(
  { storage }: Pick<Deps, 'storage'>,
  response: Response,
  body: object,
  file: Pick<StoredFile, 'key'>,
): Promise<void> {
  const [before = '', after = ''] = JSON.stringify(body).split(PLACE);
  const signal = departure(response);
  try {
    const stored = await storage.get(file.key, { signal });
    response.type('json');
    const length = Buffer.byteLength(before) + 4 * Math.ceil(stored.bytes / 3) + Buffer.byteLength(after);
    response.set('Content-Length', String(length));
    await pipeline(Readable.from(around(before, stored.body, after)), response, { signal });
  } catch (error) {
    // The client left; a fault of the store is thrown even then.
    if (error instanceof AppError || !response.destroyed) throw error;
  }
}

async function* around(before: string, body: AsyncIterable<Buffer>, after: string): AsyncGenerator<string> {
  yield before;
  // Base64 writes three bytes as four characters: what is over waits for the next chunk.
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    const bytes = Buffer.concat([rest, chunk]);
    const even = bytes.length - (bytes.length % 3);
    yield bytes.subarray(0, even).toString('base64');
    rest = bytes.subarray(even);
  }
  yield rest.toString('base64') + after;
}
