import { stat } from 'node:fs/promises';
import { AppError } from '@packshot/contracts';
import type { ModelFile, ModelRecord } from '../record';
import { isMissing, linkFile, writeJson } from './durable-file';
import { type FetchContext, type FetchedFile, fetchFile } from './fetch-file';
import { type InstalledModel, readInstalled } from './installed';
import { requireLicence } from './licences';
import { withLock } from './lock';
import { collectBlobs } from './remove';
import { layout } from './store-layout';

/** Files of one model that are fetched at a time. */
const PARALLEL_FILES = 3;

/**
 * Fetches what a model lacks and puts it in place; a model that is whole already is left alone. It counts as installed with
 * the last step, the writing of `installed.json`: a process killed before leaves what came, to go on with, and no model.
 * @param accepted names of licences that the user accepts
 * @throws licence_not_accepted before anything is fetched, model_not_available for what Packshot does not carry, and what
 * `fetchFile` throws
 */
export async function installModel(
  record: ModelRecord,
  context: FetchContext,
  accepted: readonly string[] = [],
): Promise<InstalledModel> {
  const { store } = context;
  if (!record.supported) throw new AppError('model_not_available', `${record.id}: ${record.reason ?? ''}`);
  await requireLicence(store, record, accepted);
  const present = await readInstalled(store, record.id);
  if (present !== null && (await isWhole(store, record, present))) return present;
  const fetchAndPlace = async () =>
    placeModel(store, record.id, await inParallel(fetchedFiles(record), (file) => fetchFile(record.id, file, context)));
  // A removal elsewhere may take a blob that both models share just before this one gives it its name.
  return fetchAndPlace().catch((error) => {
    if (!isMissing(error)) throw error;
    return fetchAndPlace();
  });
}

/** Gives the blobs their names under the model, and only then says that it is installed. */
export async function placeModel(store: string, id: string, files: FetchedFile[]): Promise<InstalledModel> {
  return withLock(layout.lock(store, `model-${id}`), async () => {
    const before = await readInstalled(store, id);
    for (const { path, sha256 } of files) await linkFile(layout.blob(store, sha256), layout.file(store, id, path));
    const installed = { id, installed_at: new Date().toISOString(), files };
    await writeJson(layout.installed(store, id), installed);
    const kept = new Set(files.map(({ sha256 }) => sha256));
    await collectBlobs(store, before?.files.map(({ sha256 }) => sha256).filter((sha256) => !kept.has(sha256)) ?? []);
    return installed;
  });
}

/** What does not ship with Packshot. */
export function fetchedFiles(record: ModelRecord): ModelFile[] {
  return record.files.filter((file) => file.bundled === undefined);
}

/** By name, size and recorded checksum; `verify` reads the bytes. A record that names another file now makes it stale. */
async function isWhole(store: string, record: ModelRecord, installed: InstalledModel): Promise<boolean> {
  const checks = fetchedFiles(record).map(async (file) => {
    const entry = installed.files.find(({ path }) => path === file.path);
    if (entry === undefined || (file.sha256 !== null && file.sha256 !== entry.sha256)) return false;
    const found = await stat(layout.file(store, record.id, file.path)).catch(() => null);
    return found?.size === entry.bytes;
  });
  return (await Promise.all(checks)).every(Boolean);
}

/** Like Promise.all over at most so many at a time; after a failure nothing new begins. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const failures: unknown[] = [];
  const lanes = Array.from({ length: PARALLEL_FILES }, async () => {
    for (let next = queue.shift(); next !== undefined && failures.length === 0; next = queue.shift()) {
      const [at, item] = next;
      try {
        results[at] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  });
  await Promise.all(lanes);
  if (failures.length > 0) throw failures[0];
  return results;
}
