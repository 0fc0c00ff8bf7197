import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, readFile, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import { impliedContentType } from './content-type';
import {
  claimTemporaryName,
  errorCode,
  ignoreMissing,
  placeFile,
  publishFile,
  releaseTemporaryName,
  sweepTemporaryFiles,
} from './durable-files';
import { Intake } from './intake';
import { assertKeyPrefix, assertObjectKey } from './object-key';
import type {
  GetOptions,
  ListedObject,
  ObjectHead,
  ObjectStore,
  PutOptions,
  PutResult,
  StoredObject,
} from './object-store';
import { outlet } from './outlet';

const DEFAULT_TYPE = 'application/octet-stream';

/**
 * Objects as plain files under `root`, named by their keys, so that results can be opened in place.
 *
 * `.packshot/tmp` holds what is being written: it is synced and then renamed into place, so a crash at any byte leaves the
 * old object or the new one, and a leftover that the next start sweeps. `.packshot/types` holds the content type of
 * objects whose key does not say it. Keys cannot start with a dot, so neither can be reached as an object.
 *
 * Several processes may share one root. Throws `storage_error` when the folder cannot be used.
 */
export async function openFilesystemStore(root: string): Promise<ObjectStore> {
  const store = new FilesystemStore(resolve(root));
  await store.open();
  return store;
}

class FilesystemStore implements ObjectStore {
  readonly direct = null;
  readonly #root: string;
  readonly #temporary: string;
  readonly #types: string;

  constructor(root: string) {
    this.#root = root;
    this.#temporary = join(root, '.packshot', 'tmp');
    this.#types = join(root, '.packshot', 'types');
  }

  async open(): Promise<void> {
    await translated(async () => {
      for (const folder of [this.#temporary, this.#types]) await mkdir(folder, { recursive: true });
      await sweepTemporaryFiles(this.#temporary);
    });
  }

  async put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<PutResult> {
    const intake = new Intake(body, options);
    const name = claimTemporaryName();
    const temporary = join(this.#temporary, name);
    try {
      assertObjectKey(key);
      // `flush` syncs the file before it is closed.
      await pipeline(intake.stream, createWriteStream(temporary, { flush: true }));
      options.signal?.throwIfAborted();
      const implied = options.contentType === impliedContentType(key);
      if (!implied) await this.#noteType(key, options.contentType);
      await publishFile(temporary, this.#path(key));
      if (implied) await this.#removeNote(key);
      return intake.result();
    } catch (error) {
      await rm(temporary, { force: true }).catch(ignoreMissing);
      throw intake.blame(error, toAppError);
    } finally {
      releaseTemporaryName(name);
      intake.close();
    }
  }

  async get(key: string, { signal, range }: GetOptions = {}): Promise<StoredObject> {
    assertObjectKey(key);
    signal?.throwIfAborted();
    const handle = await translated(() => open(this.#path(key)).catch(ignoreMissing));
    if (handle === undefined) throw new AppError('not_found');
    const found = await this.#describe(key, handle).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    const bytes = range === undefined ? found.bytes : Math.min(range.end + 1, found.bytes) - range.start;
    return { ...found, bytes, body: outlet(handle.createReadStream(range), { translate: toAppError, signal }) };
  }

  async #describe(key: string, handle: FileHandle): Promise<ObjectHead> {
    return translated(async () => {
      const found = await handle.stat();
      if (!found.isFile()) throw new AppError('not_found');
      return { bytes: found.size, contentType: await this.#readType(key) };
    });
  }

  async head(key: string): Promise<ObjectHead | null> {
    assertObjectKey(key);
    return translated(async () => {
      const found = await stat(this.#path(key)).catch(ignoreMissing);
      return found?.isFile() ? { bytes: found.size, contentType: await this.#readType(key) } : null;
    });
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertObjectKey(key);
    await translated(async () => {
      for (const key of keys) await this.#remove(key);
    });
  }

  async deletePrefix(prefix: string): Promise<number> {
    if (prefix === '') throw new AppError('invalid_request', 'An empty prefix would delete everything.');
    let deleted = 0;
    for await (const { key } of this.list(prefix)) {
      await translated(() => this.#remove(key));
      deleted += 1;
    }
    return deleted;
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertKeyPrefix(prefix);
    // The part of the prefix up to the last slash is a folder; the rest is the start of a name in it.
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    try {
      yield* this.#walk(folder, prefix);
    } catch (error) {
      throw toAppError(error);
    }
  }

  async *#walk(folder: string, prefix: string): AsyncGenerator<ListedObject> {
    const entries = await opendir(join(this.#root, folder)).catch(ignoreMissing);
    if (entries === undefined) return;
    for await (const entry of entries) {
      const key = folder + entry.name;
      if (entry.name.startsWith('.') || !key.startsWith(prefix)) continue;
      if (entry.isDirectory()) {
        yield* this.#walk(`${key}/`, prefix);
      } else if (entry.isFile()) {
        // Undefined: deleted since the folder was read.
        const found = await stat(join(this.#root, key)).catch(ignoreMissing);
        if (found !== undefined) yield { key, bytes: found.size, modifiedAt: found.mtime };
      }
    }
  }

  async check(): Promise<void> {
    await translated(async () => {
      const name = claimTemporaryName();
      try {
        await writeFile(join(this.#temporary, name), 'writable?', { flush: true });
        await rm(join(this.#temporary, name));
      } finally {
        releaseTemporaryName(name);
      }
    });
  }

  async close(): Promise<void> {}

  #path(key: string): string {
    return join(this.#root, ...key.split('/'));
  }

  async #remove(key: string): Promise<void> {
    await unlink(this.#path(key)).catch(ignoreMissing);
    await removeEmptyFolders(dirname(this.#path(key)), this.#root);
    await this.#removeNote(key);
  }

  async #removeNote(key: string): Promise<void> {
    const note = join(this.#types, key);
    await unlink(note).catch(ignoreMissing);
    await removeEmptyFolders(dirname(note), this.#types);
  }

  /**
   * Written before the object is published, so that readers find both. While an overwrite changes the type, a reader may get
   * the old bytes with the new type; attempt-unique keys are never overwritten. Not synced: a power cut may cost the type,
   * never the object, and syncing would double the price of every upload.
   */
  async #noteType(key: string, contentType: string): Promise<void> {
    const name = claimTemporaryName();
    try {
      await writeFile(join(this.#temporary, name), contentType);
      await placeFile(join(this.#temporary, name), join(this.#types, key));
    } finally {
      await rm(join(this.#temporary, name), { force: true }).catch(ignoreMissing);
      releaseTemporaryName(name);
    }
  }

  async #readType(key: string): Promise<string> {
    const note = await readFile(join(this.#types, key), 'utf8').catch(ignoreMissing);
    return note ?? impliedContentType(key) ?? DEFAULT_TYPE;
  }
}

async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let current = folder; current.startsWith(root + sep); current = dirname(current)) {
    try {
      await rmdir(current);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
      ignoreMissing(error);
    }
  }
}

async function translated<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toAppError(error);
  }
}

function toAppError(error: unknown): AppError {
  return AppError.from(error, 'storage_error');
}
