import { Readable } from 'node:stream';
import { AppError, type ErrorCode, type ImageLimits } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import type { ObjectStore } from '@packshot/storage';
import { HEAD_BYTES, inspectHead } from './image-head';

/** Faults of one image, which its item bears; any other fault ends the request. */
const IMAGE_FAULTS: readonly ErrorCode[] = ['empty_file', 'file_too_large', 'image_too_large', 'unsupported_format'];

export interface ReceiveOptions {
  key: string;
  name: string | null;
  storage: ObjectStore;
  limits: ImageLimits;
  signal?: AbortSignal;
}

/**
 * Streams one image to `key`. Its head is looked at first, so that of a file which is no image nothing is ever stored.
 * A fault of the image becomes the item's error; a fault of the storage or of the connection is thrown.
 */
export async function receiveImage(
  body: AsyncIterable<Buffer>,
  { key, name, storage, limits, signal }: ReceiveOptions,
): Promise<Pick<NewItem, 'input' | 'source'>> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    const { format: _, ...facts } = inspectHead(head, limits);
    const stored = await storage.put(key, Readable.from(joined(head, chunks), { objectMode: false }), {
      contentType: facts.content_type,
      maxBytes: limits.maxFileBytes,
      ...(signal && { signal }),
    });
    return { input: { name, ...facts, ...stored }, source: { kind: 'stored', key } };
  } catch (error) {
    if (!(error instanceof AppError && IMAGE_FAULTS.includes(error.code))) throw error;
    // The next file of the body comes behind the rest of this one.
    while (!(await chunks.next()).done);
    return { input: { name }, source: error.toItemError() };
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const read: Buffer[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES; ) {
    const next = await chunks.next();
    if (next.done) break;
    read.push(next.value);
    bytes += next.value.length;
  }
  return Buffer.concat(read);
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (;;) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value;
  }
}
