import { PassThrough, type Readable } from 'node:stream';
import type { AppError } from '@packshot/contracts';

/**
 * What `get` hands out: the store's stream with its errors translated. It ends with the signal's reason when that aborts,
 * and takes the source down with it when the reader stops early.
 */
export function outlet(source: Readable, translate: (error: unknown) => AppError, signal?: AbortSignal): Readable {
  const out = new PassThrough();
  const abort = () => out.destroy(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  source.once('error', (error) => out.destroy(translate(error)));
  out.once('close', () => {
    signal?.removeEventListener('abort', abort);
    source.destroy();
  });
  if (signal?.aborted) abort();
  else source.pipe(out);
  return out;
}
