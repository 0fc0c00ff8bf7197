import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '@packshot/contracts';
import { MODEL_PACKS, type ModelRecord, type ModelTask, modelRecordSchema } from './record';

export interface Registry {
  /** @throws model_not_available for an id without a record, or of another task; invalid_pipeline where only a prompt is amiss */
  get(id: string, task: ModelTask): ModelRecord;
  /** @throws model_not_available for an id without a record */
  named(id: string): ModelRecord;
  /** What Packshot carries. */
  supported(): readonly ModelRecord[];
  /** What Packshot carries for a task, those of the packs first: `compact`, `balanced`, `quality`. */
  forTask(task: ModelTask): readonly ModelRecord[];
  /** The record marked as the task's default; null when the registry has none. */
  defaultOf(task: ModelTask): ModelRecord | null;
}

/**
 * Every record: `registry/*.json` under the models folder, and under the store those of models that were imported.
 * @throws model_mismatch naming the file, when one is not a record, two have one id or are the default of one task,
 * or a model that another names is missing
 */
export async function readRecords(modelsDir: string, storeDir?: string): Promise<ModelRecord[]> {
  const records = new Map<string, ModelRecord>();
  for (const path of [...(await listRecords(modelsDir)), ...(await listImported(storeDir))]) {
    const name = basename(path);
    const record = parseRecord(name, await readFile(path, 'utf8'));
    if (records.has(record.id)) throw new AppError('model_mismatch', `${name}: a second record of ${record.id}`);
    if (record.default && [...records.values()].some((other) => other.default && other.task === record.task)) {
      throw new AppError('model_mismatch', `${name}: a second default model for ${record.task}`);
    }
    records.set(record.id, record);
  }
  for (const { id, task, fallback, fourfold, cpu_form_of } of records.values()) {
    for (const [what, other] of Object.entries({ fallback, fourfold, cpu_form_of })) {
      if (other !== undefined && records.get(other)?.task !== task) {
        throw new AppError('model_mismatch', `${id}: its ${what} ${other} is no model for ${task}`);
      }
    }
  }
  return [...records.values()];
}

/** @throws what `readRecords` throws */
export async function readRegistry(modelsDir: string, storeDir?: string): Promise<Registry> {
  const records = await readRecords(modelsDir, storeDir);
  const named = (id: string): ModelRecord => {
    const record = records.find((candidate) => candidate.id === id);
    if (record === undefined) throw new AppError('model_not_available', `There is no model ${id}.`);
    return record;
  };
  return {
    named,
    defaultOf: (task) => records.find((record) => record.default && record.task === task) ?? null,
    supported: () => records.filter(({ supported }) => supported),
    forTask: (task) =>
      records
        .filter((record) => record.supported && record.task === task)
        .sort((a, b) => packRank(a) - packRank(b) || a.id.localeCompare(b.id)),
    get(id, task) {
      const record = named(id);
      if (record.task === 'prompt' && task === 'background') {
        throw new AppError('invalid_pipeline', `The model ${id} cuts out what a prompt points at, and there is none.`);
      }
      if (record.task === 'background' && task === 'prompt') {
        throw new AppError('invalid_pipeline', `The model ${id} takes no prompt.`);
      }
      if (record.task !== task) {
        throw new AppError('model_not_available', `The model ${id} is for ${record.task}, not for ${task}.`);
      }
      return record;
    },
  };
}

function packRank({ packs }: ModelRecord): number {
  const rank = MODEL_PACKS.findIndex((pack) => packs.includes(pack));
  return rank < 0 ? MODEL_PACKS.length : rank;
}

async function listRecords(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'registry'));
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, 'registry', name));
}

/** Most stores hold none. */
async function listImported(storeDir: string | undefined): Promise<string[]> {
  if (storeDir === undefined) return [];
  return listRecords(storeDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

function parseRecord(name: string, text: string): ModelRecord {
  try {
    return modelRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('model_mismatch', `models/registry/${name} is not a model record.`, { cause: error });
  }
}
