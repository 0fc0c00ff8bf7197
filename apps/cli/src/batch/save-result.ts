import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { OUTPUT_FORMATS } from '@packshot/contracts';

const ENDINGS = Object.fromEntries(Object.entries(OUTPUT_FORMATS).map(([format, type]) => [type, format]));
const TRIES = 3;

/**
 * Writes an answer to `<folder>/<stem>.<ending of its type>` and gives that name, below the folder. The file is there whole or not at
 * all. A connection that breaks on the way is tried again.
 */
export async function saveResult(folder: string, stem: string, fetchIt: () => Promise<Response>): Promise<string> {
  for (let tries = 1; ; tries++) {
    const response = await fetchIt();
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const name = `${stem}.${ENDINGS[type]?.replace('jpeg', 'jpg') ?? 'bin'}`;
    try {
      await saveBody(response, join(folder, name));
      return name;
    } catch (error) {
      if (tries >= TRIES || !isCut(error)) throw error;
    }
  }
}

/** Writes an answer's body to a file, whole or not at all. */
async function saveBody(response: Response, path: string): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream);
    await pipeline(body, createWriteStream(part));
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

/** `fetch` says so of a body that breaks off; a full disk has a code of its own. */
function isCut(error: unknown): boolean {
  return error instanceof TypeError;
}
