import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import type { ModelFile, ModelRecord } from '../models/record';
import { readInstalled } from '../models/store/installed';
import { licenceAccepted } from '../models/store/licences';

export interface WeightPlaces {
  /** The folder with `registry/` and what ships with Packshot. */
  modelsDir: string;
  /** Where fetched models are installed, as `models/<id>/<path>`. */
  storeDir: string;
}

export interface Weights {
  path: string;
  sha256: string;
}

/**
 * A record's files by role, after their bytes were compared with the record.
 * @throws model_not_available when Packshot does not carry it, model_not_installed when a file is absent,
 * licence_not_accepted, model_mismatch when it is another file
 */
export async function findWeights(
  places: WeightPlaces,
  record: ModelRecord,
): Promise<Partial<Record<ModelFile['role'], Weights>>> {
  const { id } = record;
  await refuseForbidden(places, record);
  const installed = await readInstalled(places.storeDir, id);
  const found: Partial<Record<ModelFile['role'], Weights>> = {};
  for (const file of record.files) {
    // What nobody has published a checksum of must at least still be what was installed.
    const arrived = installed?.files.find(({ path }) => path === file.path)?.sha256 ?? null;
    found[file.role] = await findFile(places, id, { ...file, sha256: file.sha256 ?? arrived });
  }
  return found;
}

/**
 * Bytes of a record's files together, without reading them.
 * @throws model_not_available, model_not_installed, licence_not_accepted
 */
export async function measureWeights(places: WeightPlaces, record: ModelRecord): Promise<number> {
  await refuseForbidden(places, record);
  let bytes = 0;
  for (const file of record.files) {
    const path = pathOf(places, record.id, file);
    const { size } = await stat(path).catch((cause) => Promise.reject(notInstalled(record.id, file, cause)));
    bytes += size;
  }
  return bytes;
}

async function refuseForbidden({ storeDir }: WeightPlaces, record: ModelRecord): Promise<void> {
  const { id, licence, supported, reason } = record;
  if (!supported) throw new AppError('model_not_available', `Packshot does not carry ${id}: ${reason}`);
  if (!(await licenceAccepted(storeDir, record))) {
    throw new AppError('licence_not_accepted', `The licence of the model ${id}, ${licence.spdx}, was not accepted.`);
  }
}

async function findFile(places: WeightPlaces, id: string, file: ModelFile): Promise<Weights> {
  const path = pathOf(places, id, file);
  const sha256 = await hashFile(path).catch((cause) => Promise.reject(notInstalled(id, file, cause)));
  if (file.sha256 !== null && sha256 !== file.sha256) {
    throw new AppError('model_mismatch', `The file ${file.path} of the model ${id} is not the one its record names.`);
  }
  return { path, sha256 };
}

function pathOf({ modelsDir, storeDir }: WeightPlaces, id: string, file: ModelFile): string {
  return file.bundled === undefined ? join(storeDir, 'models', id, file.path) : join(modelsDir, file.bundled);
}

function notInstalled(id: string, { path }: ModelFile, cause: unknown): AppError {
  const text = `The model ${id} is not installed (${path} is missing): packshot models pull ${id}`;
  return new AppError('model_not_installed', text, { cause });
}

/** SHA-256 of a file, streamed, in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
