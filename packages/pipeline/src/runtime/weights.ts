import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
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
  const { id, licence } = record;
  if (!record.supported) throw new AppError('model_not_available', `Packshot does not carry ${id}: ${record.reason}`);
  if (!(await licenceAccepted(places.storeDir, record))) {
    throw new AppError('licence_not_accepted', `The licence of the model ${id}, ${licence.spdx}, was not accepted.`);
  }
  const installed = await readInstalled(places.storeDir, id);
  const found: Partial<Record<ModelFile['role'], Weights>> = {};
  for (const file of record.files) {
    // What nobody has published a checksum of must at least still be what was installed.
    const arrived = installed?.files.find(({ path }) => path === file.path)?.sha256 ?? null;
    found[file.role] = await findFile(places, id, { ...file, sha256: file.sha256 ?? arrived });
  }
  return found;
}

async function findFile({ modelsDir, storeDir }: WeightPlaces, id: string, file: ModelFile): Promise<Weights> {
  const path = file.bundled === undefined ? join(storeDir, 'models', id, file.path) : join(modelsDir, file.bundled);
  const sha256 = await hashFile(path).catch((cause) => {
    const text = `The model ${id} is not installed (${file.path} is missing): packshot models pull ${id}`;
    throw new AppError('model_not_installed', text, { cause });
  });
  if (file.sha256 !== null && sha256 !== file.sha256) {
    throw new AppError('model_mismatch', `The file ${file.path} of the model ${id} is not the one its record names.`);
  }
  return { path, sha256 };
}

/** SHA-256 of a file, streamed, in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
