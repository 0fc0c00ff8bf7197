import { PassThrough, type Readable } from 'node:stream';
import type { AppError } from '@packshot/contracts';

export interface OutletOptions {
  translate: (error: unknown) => AppError;
  /** Ends the stream with its reason. */
  signal?: AbortSignal | undefined;
  /** Fails the stream when the source has given nothing for this long although the reader wanted more. */
  stallTimeoutMs?: number;
}

/**
 * What `get` hands out: the store's stream with its errors translated. It takes the source down with it when the reader
 * stops early.
 */
export function outlet(source: Readable, { translate, signal, stallTimeoutMs }: OutletOptions): Readable {
  const out = new PassThrough();
  const abort = () => out.destroy(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  source.once('error', (error) => out.destroy(translate(error)));
  const stopWatch =
    stallTimeoutMs === undefined ? () => undefined : watchForStall(source, out, stallTimeoutMs, translate);
  out.once('close', () => {
    signal?.removeEventListener('abort', abort);
    stopWatch();
    source.destroy();
  });
  if (signal?.aborted) abort();
  else source.pipe(out);
  return out;
}

/** A socket's own idle timeout will not do: it also runs while the reader is slow. */
function watchForStall(
  source: Readable,
  out: PassThrough,
  timeoutMs: number,
  translate: OutletOptions['translate'],
): () => void {
  const timer = setTimeout(() => {
    if (out.writableNeedDrain) timer.refresh();
    else out.destroy(translate(new Error(`The store sent nothing for ${timeoutMs} ms`)));
  }, timeoutMs);
  source.on('data', () => timer.refresh());
  source.once('end', () => clearTimeout(timer));
  return () => clearTimeout(timer);
}
