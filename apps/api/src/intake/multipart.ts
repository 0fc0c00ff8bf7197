import { AppError } from '@packshot/contracts';
import busboy from 'busboy';
import type { Request } from 'express';
import { bodyChunks } from '../http/read-body';
import type { BodyWatch } from './body-watch';
import { TaskSlots } from './task-slots';

/** Small files arrive many to a chunk; so many are stored at the same time. */
const FILES_AT_ONCE = 4;
/** Requests know about ten fields, façades twice as many; a few more are let through to be refused by name. */
const MAX_FIELDS = 40;

interface FormFile {
  /** Of the form. */
  field: string;
  name: string | null;
  /** What the client says it is. */
  contentType: string;
  chunks: AsyncIterable<Buffer>;
  index: number;
  signal: AbortSignal;
}

export interface MultipartOptions {
  maxFiles: number;
  /** A file's stream ends one byte past this, whatever the client still sends of it. */
  maxFileBytes: number;
  /** All fields together. */
  maxFieldBytes: number;
  watch: BodyWatch;
  onFile(file: FormFile): Promise<void>;
  onField(name: string, value: string): void;
}

/**
 * Reads a multipart body, handing over each file while it arrives; the next bytes are taken only as fast as the files are.
 * Resolves when the body is whole and every `onFile` has resolved. Rejects with the first fault, `invalid_multipart`,
 * `too_many_items`, `body_too_large` or what a callback threw, and only after every `onFile` has settled.
 */
export async function readMultipart(request: Request, options: MultipartOptions): Promise<void> {
  const parser = createParser(request, options);
  const stop = new AbortController();
  const slots = new TaskSlots(FILES_AT_ONCE);
  listen(parser, slots, stop, options);
  try {
    for await (const chunk of bodyChunks(request, 'invalid_multipart')) {
      options.watch.arrived(chunk.length);
      await unless(stop.signal, (done) => parser.write(chunk, done));
      await slots.atMost(FILES_AT_ONCE);
    }
    await unless(stop.signal, (done) => parser.end(done));
  } catch (error) {
    // The first fault is kept: a second abort changes nothing.
    stop.abort(error instanceof AppError ? error : malformed(error));
  }
  parser.destroy();
  await slots.atMost(0);
  stop.signal.throwIfAborted();
}

const malformed = (cause: unknown) => new AppError('invalid_multipart', undefined, { cause });

function createParser(request: Request, { maxFiles, maxFileBytes, maxFieldBytes }: MultipartOptions) {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: {
        files: maxFiles,
        fileSize: maxFileBytes + 1,
        fields: MAX_FIELDS,
        fieldSize: maxFieldBytes,
        parts: maxFiles + MAX_FIELDS + 1,
      },
    });
  } catch (error) {
    throw malformed(error);
  }
}

function listen(parser: busboy.Busboy, slots: TaskSlots, stop: AbortController, options: MultipartOptions): void {
  const { maxFiles, maxFieldBytes, onFile, onField, watch } = options;
  let index = 0;
  let fieldBytes = 0;
  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      stop.abort(error);
    }
  };
  parser.on('file', (field, body, { filename, mimeType: contentType }) => {
    // Whoever reads the stream meets its error; without a listener a file that nobody reads yet would end the process.
    body.on('error', () => {});
    const name = filename ?? null;
    const bytes: AsyncIterable<Buffer> = body.iterator({ destroyOnReturn: false });
    const chunks = watch.fingerprint?.file(field, name, bytes) ?? bytes;
    const file = { field, name, contentType, chunks, index: index++, signal: stop.signal };
    const receive = async () => {
      stop.signal.throwIfAborted();
      await onFile(file);
      // Of a file that nobody read; the parser waits for the end of each.
      for await (const _ of chunks);
    };
    // The parser's own error reaches the stream of an unfinished file before it reaches us.
    const fault = (error: unknown) => (error === body.errored ? malformed(error) : error);
    slots.run(receive).catch((error: unknown) => stop.abort(fault(error)));
  });
  parser.on('field', (name, value, { valueTruncated }) =>
    guarded(() => {
      fieldBytes += Buffer.byteLength(value);
      if (valueTruncated || fieldBytes > maxFieldBytes) {
        throw new AppError('body_too_large', `The fields of the form may have at most ${maxFieldBytes} bytes.`);
      }
      watch.fingerprint?.field(name ?? '', value);
      onField(name ?? '', value);
    }),
  );
  const tooMany = new AppError('too_many_items', `A job may have at most ${maxFiles} items.`);
  parser.on('filesLimit', () => stop.abort(tooMany));
  parser.on('partsLimit', () => stop.abort(tooMany));
  parser.on('fieldsLimit', () => stop.abort(new AppError('invalid_request', 'The form has too many fields.')));
  parser.on('error', (error) => stop.abort(malformed(error)));
}

/** Waits for `step` to call back, or for the signal; a parser that waits for a file nobody reads any more never calls back. */
function unless(signal: AbortSignal, step: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    step((error) => {
      signal.removeEventListener('abort', aborted);
      if (error) reject(error);
      else resolve();
    });
  });
}
