import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, sniffImageFormat } from '@packshot/contracts';
import type { ItemSource } from '@packshot/jobs';
import { guardedFetch } from '@packshot/service';
import type { ObjectStore, SourceReader, StoredObject } from '@packshot/storage';

export interface FetchRules {
  maxBytes: number;
  /** For the download of a URL, body included. */
  timeoutMs: number;
  /** ALLOW_PRIVATE_HOSTS */
  allowHosts: readonly string[];
}

const MOST_REDIRECTS = 5;
const HEAD_BYTES = 64;

/** Where images are that need no download. */
export interface ImageStores {
  storage: ObjectStore;
  sources: SourceReader;
}

/**
 * Brings an item's image to `path`. Throws `not_found`, `source_missing`, `source_not_allowed`, `storage_error`, `invalid_url`,
 * `url_not_allowed`, `download_failed`, `file_too_large`, `empty_file`, `unsupported_format`.
 */
export async function fetchInput(
  source: ItemSource,
  path: string,
  stores: ImageStores,
  rules: FetchRules,
  signal: AbortSignal,
): Promise<void> {
  const body =
    source.kind === 'url'
      ? await openUrl(source.url, rules, signal)
      : await within(rules.maxBytes, openStored(source, stores, signal));
  await pipeline(body, createWriteStream(path, { mode: 0o600 }), { signal });
  await refuseOtherFormats(path);
}

function openStored(
  source: Exclude<ItemSource, { kind: 'url' }>,
  { storage, sources }: ImageStores,
  signal: AbortSignal,
): Promise<StoredObject> {
  if (source.kind === 's3') return sources.get(source, { signal });
  return storage.get(source.key, { signal }).catch((error: unknown) => {
    const missing = source.kind === 'upload' && AppError.from(error).code === 'not_found';
    throw missing ? new AppError('source_missing', 'Nothing was uploaded, or it was deleted.') : error;
  });
}

async function within(maxBytes: number, stored: Promise<StoredObject>): Promise<Readable> {
  const { body, bytes } = await stored;
  if (bytes <= maxBytes) return body;
  body.destroy();
  throw new AppError('file_too_large', `The file has ${bytes} bytes; ${maxBytes} are allowed.`);
}

async function openUrl(url: string, rules: FetchRules, signal: AbortSignal): Promise<Readable> {
  const response = await guardedFetch(url, { ...rules, maxRedirects: MOST_REDIRECTS, signal });
  if (response.status !== 200) {
    response.body.destroy();
    throw new AppError('download_failed', `The server of the image answered ${response.status}.`);
  }
  return response.body;
}

/** Before it costs a place in the engine; the engine looks at the whole file. */
async function refuseOtherFormats(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    if (bytesRead === 0) throw new AppError('empty_file');
    if (sniffImageFormat(buffer.subarray(0, bytesRead)) === null) throw new AppError('unsupported_format');
  } finally {
    await file.close();
  }
}
