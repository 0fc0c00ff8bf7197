import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError } from '@packshot/contracts';
import type { PutOptions, PutResult } from './object-store';

/**
 * What every adapter's `put` reads from: the body, counted, hashed and limited while it passes.
 *
 * It also remembers whose fault an end was. Streams that are torn down hand their error to all their neighbours, so
 * afterwards nobody could tell a client that hung up from a disk that is full.
 */
export class Intake {
  /** The bytes to store. Destroying it destroys the body. */
  readonly stream: Readable;

  readonly #body: Readable;
  readonly #options: PutOptions;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #bodyFailure: { error: unknown } | undefined;
  #stopped = false;

  constructor(body: Readable | Uint8Array, options: PutOptions) {
    this.#body = body instanceof Uint8Array ? Readable.from([body]) : body;
    this.#options = options;
    const reader: AsyncIterator<Uint8Array | string> = this.#body[Symbol.asyncIterator]();
    this.stream = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read: () => {
        this.#next(reader).then(
          (chunk) => this.stream.push(chunk),
          (error) => this.stream.destroy(error),
        );
      },
      // Not left to the iterator, which would wait for a body that may never go on.
      destroy: (error, done) => {
        this.#stopBody();
        done(error);
      },
    });
    options.signal?.addEventListener('abort', this.#stopBody, { once: true });
    if (options.signal?.aborted) this.#stopBody();
  }

  /** Size and digest of all that passed. Called once, when the stream has ended. */
  result(): PutResult {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** The error a put rejects with: the signal's reason, the body's own error, or else `translate(error)`. */
  blame(error: unknown, translate: (error: unknown) => AppError): unknown {
    const { signal } = this.#options;
    if (signal?.aborted) return signal.reason;
    return this.#bodyFailure === undefined ? translate(error) : this.#bodyFailure.error;
  }

  /** Called at the end of every put. */
  close(): void {
    this.#options.signal?.removeEventListener('abort', this.#stopBody);
    this.stream.destroy();
  }

  readonly #stopBody = (): void => {
    this.#stopped = true;
    if (this.#body.destroyed) return;
    // Some bodies report being cut short as an error, which would be nobody's by now.
    this.#body.once('error', () => undefined);
    this.#body.destroy();
  };

  /** The next chunk, or null at the end. */
  async #next(reader: AsyncIterator<Uint8Array | string>): Promise<Uint8Array | null> {
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    try {
      const step = await reader.next();
      if (step.done) return null;
      const chunk = typeof step.value === 'string' ? Buffer.from(step.value) : step.value;
      this.#bytes += chunk.byteLength;
      if (this.#bytes > maxBytes) {
        throw new AppError('file_too_large', `The file is larger than ${maxBytes} bytes.`);
      }
      this.#hash.update(chunk);
      return chunk;
    } catch (error) {
      // A body we have stopped fails too, but that is not what ended the put.
      if (!this.#stopped) this.#bodyFailure = { error };
      throw error;
    }
  }
}
