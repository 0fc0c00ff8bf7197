import { AppError } from '@packshot/contracts';
import type { Request, Response } from 'express';
import type { Deps } from '../deps';
import { bodyChunks, readText } from '../http/read-body';
import { whenGone } from '../http/when-gone';
import { Fingerprint } from '../idempotency/fingerprint';
import { readMultipart } from './multipart';

/** Who looks on while a body is read. */
export interface BodyWatch {
  /** Counts what has arrived; throws `overloaded`. */
  arrived(bytes: number): void;
  /** Only for requests with an `Idempotency-Key`. */
  readonly fingerprint: Fingerprint | null;
}

/** Bytes, text, parsed strings and decoded images. */
const JSON_COPIES = 4;

/**
 * Counts the body of this request in the metrics and against what may be in flight, until the request is over. `target`: what
 * makes two requests different beside their bodies.
 */
export function watchBody({ inFlight, metrics }: Deps, request: Request, response: Response, target = ''): BodyWatch {
  const inMemory = request.is(['application/json', 'application/x-www-form-urlencoded']);
  const body = inFlight.countBody(request, inMemory ? JSON_COPIES : 1);
  whenGone(response, body.release);
  return {
    arrived: (bytes) => {
      metrics.countUpload(bytes);
      body.arrived(bytes);
    },
    fingerprint: request.get('idempotency-key') === undefined ? null : new Fingerprint(target),
  };
}

/** The text of a JSON body. */
export async function readWatched(request: Request, maxBytes: number, watch: BodyWatch): Promise<string> {
  const text = await readText(request, maxBytes, watch.arrived);
  watch.fingerprint?.field('', text);
  return text;
}

/** Reads a body that has been dealt with before, for its fingerprint alone: nothing is parsed or stored. */
export async function readOver({ config }: Pick<Deps, 'config'>, request: Request, watch: BodyWatch): Promise<void> {
  if (request.is('multipart/form-data')) {
    return readMultipart(request, {
      maxFiles: config.MAX_ITEMS,
      maxFileBytes: config.MAX_FILE_BYTES,
      maxFieldBytes: config.MAX_JSON_BYTES,
      watch,
      onField: () => {},
      onFile: async () => {},
    });
  }
  if (request.is('application/json')) return void (await readWatched(request, config.MAX_JSON_BYTES, watch));
  for await (const _ of readImage(request, config.MAX_FILE_BYTES, watch));
}

/** The chunks of a body that is one image; throws `file_too_large`. */
export function readImage(request: Request, maxBytes: number, watch: BodyWatch): AsyncGenerator<Buffer, void> {
  const chunks = limited(request, maxBytes, watch);
  return watch.fingerprint?.file('', null, chunks) ?? chunks;
}

async function* limited(request: Request, maxBytes: number, watch: BodyWatch): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of bodyChunks(request, 'invalid_request')) {
    watch.arrived(chunk.length);
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('file_too_large', `The file is larger than ${maxBytes} bytes.`);
    yield chunk;
  }
}
