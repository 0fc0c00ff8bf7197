import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '@packshot/contracts';
import type { ModelFile, ModelRecord } from '../record';
import { digestFile } from './checksums';
import { publishFile, writeJson } from './durable-file';
import type { FetchedFile } from './fetch-file';
import { requireSpace } from './free-space';
import { fetchedFiles, placeModel } from './install';
import type { InstalledModel } from './installed';
import { requireLicence } from './licences';
import { layout } from './store-layout';

/**
 * Installs files that somebody already has: `sources` gives for each path of the record where it lies. A pinned checksum must
 * fit. A record of the user's own is kept with the files.
 * @throws licence_not_accepted, model_mismatch, model_not_available for a path without a source, disk_full
 */
export async function importModel(
  store: string,
  record: ModelRecord,
  sources: ReadonlyMap<string, string>,
  options: { accepted?: readonly string[]; own?: boolean } = {},
): Promise<InstalledModel> {
  await requireLicence(store, record, options.accepted ?? []);
  const files: FetchedFile[] = [];
  for (const file of fetchedFiles(record)) {
    const source = sources.get(file.path);
    if (source === undefined) {
      throw new AppError('model_not_available', `The model ${record.id} also needs the file ${file.path}.`);
    }
    files.push(await importFile(store, `${record.id}/${file.path}`, source, file));
  }
  const installed = await placeModel(store, record.id, files);
  if (options.own) await writeJson(layout.record(store, record.id), record);
  return installed;
}

async function importFile(
  store: string,
  what: string,
  source: string,
  { path, sha256, md5 }: ModelFile,
): Promise<FetchedFile> {
  const { size } = await stat(source);
  await requireSpace(store, size, what);
  // Copied first and read afterwards: what is checked is what is kept, whatever happens to the source.
  const copy = layout.incoming(store, `import-${randomUUID()}`);
  try {
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(source, copy);
    const digest = await digestFile(copy, { sha256, md5 });
    if (digest.faults.length > 0) {
      throw new AppError('model_mismatch', `${source} is not ${what}: ${digest.faults.join(', ')}.`);
    }
    await publishFile(copy, layout.blob(store, digest.sha256));
    return { path, bytes: digest.bytes, sha256: digest.sha256, pinned: sha256 !== null || md5 !== null, source };
  } finally {
    await rm(copy, { force: true });
  }
}
