import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@packshot/contracts';
import { type ModelRecord, type ModelTask, modelRecordSchema } from './record';

export interface Registry {
  /** @throws model_not_available for an id without a record, or of another task */
  get(id: string, task: ModelTask): ModelRecord;
  /** The record marked as the task's default; null when the registry has none. */
  defaultOf(task: ModelTask): ModelRecord | null;
}

/**
 * Reads every `registry/*.json` under the models folder.
 * @throws model_mismatch naming the file, when one is not a record, or two have one id or are the default of one task
 */
export async function readRegistry(modelsDir: string): Promise<Registry> {
  const folder = join(modelsDir, 'registry');
  const records = new Map<string, ModelRecord>();
  const defaultOf = (task: ModelTask) =>
    [...records.values()].find((record) => record.default && record.task === task) ?? null;
  for (const name of (await readdir(folder)).filter((entry) => entry.endsWith('.json')).sort()) {
    const record = parseRecord(name, await readFile(join(folder, name), 'utf8'));
    if (records.has(record.id)) throw new AppError('model_mismatch', `${name}: a second record of ${record.id}`);
    if (record.default && defaultOf(record.task) !== null) {
      throw new AppError('model_mismatch', `${name}: a second default model for ${record.task}`);
    }
    records.set(record.id, record);
  }
  return {
    defaultOf,
    get(id, task) {
      const record = records.get(id);
      if (record === undefined) throw new AppError('model_not_available', `There is no model ${id}.`);
      if (record.task !== task) {
        throw new AppError('model_not_available', `The model ${id} is for ${record.task}, not for ${task}.`);
      }
      return record;
    },
  };
}

function parseRecord(name: string, text: string): ModelRecord {
  try {
    return modelRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('model_mismatch', `models/registry/${name} is not a model record.`, { cause: error });
  }
}
