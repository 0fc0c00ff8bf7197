import { AppError } from '@packshot/contracts';
import { MODEL_PACKS, type ModelRecord, readRecords } from '@packshot/pipeline';
import type { CliConfig } from '../config';

export function allRecords(config: CliConfig): Promise<ModelRecord[]> {
  return readRecords(config.MODELS_DIR, config.MODELS_STORE);
}

/** @throws invalid_request with what there is instead */
export async function findRecord(config: CliConfig, id: string): Promise<ModelRecord> {
  const records = await allRecords(config);
  const found = records.find((record) => record.id === id);
  if (found !== undefined) return found;
  const near = records.map((record) => record.id).filter((other) => other.includes(id) || id.includes(other));
  const hint = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ' `packshot models list` shows all.';
  throw new AppError('invalid_request', `There is no model ${id}.${hint}`);
}

/** Names of models and packs, each model once. */
export async function findRecords(config: CliConfig, names: readonly string[]): Promise<ModelRecord[]> {
  const found = new Map<string, ModelRecord>();
  for (const name of names) {
    const pack = MODEL_PACKS.find((candidate) => candidate === name);
    const records =
      pack === undefined
        ? [await findRecord(config, name)]
        : (await allRecords(config)).filter(({ packs }) => packs.includes(pack));
    for (const record of records) found.set(record.id, record);
  }
  return [...found.values()];
}
