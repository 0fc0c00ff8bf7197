import { AppError } from '@packshot/contracts';
import type { Request } from 'express';

/**
 * The chunks of a body. Leaving the loop early leaves the connection open, so that the refusal can still be answered. A body
 * that is cut off throws `code`; a compressed one is refused with `unsupported_media_type`: nothing here gains by it.
 */
export async function* bodyChunks(
  request: Request,
  code: 'invalid_multipart' | 'invalid_json' | 'invalid_request',
): AsyncGenerator<Buffer, void> {
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw new AppError('unsupported_media_type', 'Compressed bodies are not supported.');
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw new AppError(code, 'The body was cut off.', { cause });
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Lets go of the request, which could not be read to its end otherwise.
    await chunks.return?.();
  }
}

/** The whole body as text; throws `body_too_large` past `maxBytes`, `invalid_json` when it is cut off. */
export async function readText(request: Request, maxBytes: number, arrived: (bytes: number) => void): Promise<string> {
  const tooLarge = () => new AppError('body_too_large', `A JSON body may have at most ${maxBytes} bytes.`);
  if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyChunks(request, 'invalid_json')) {
    arrived(chunk.length);
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
