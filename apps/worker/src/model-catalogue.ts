import type { ModelFacts } from '@packshot/contracts';
import {
  licenceAccepted,
  MODEL_TASKS,
  type ModelRecord,
  memoryByRecord,
  readInstalled,
  readRecords,
} from '@packshot/pipeline';

interface Places {
  modelsDir: string;
  storeDir: string;
}

/**
 * Every model that this worker knows, in the order of the pipeline's operations, with what is installed here now and which
 * licences were accepted.
 * @throws model_mismatch when a record cannot be read
 */
export async function readCatalogue({ modelsDir, storeDir }: Places): Promise<ModelFacts[]> {
  const records = await readRecords(modelsDir, storeDir);
  records.sort((a, b) => MODEL_TASKS.indexOf(a.task) - MODEL_TASKS.indexOf(b.task) || a.id.localeCompare(b.id));
  return Promise.all(records.map((record) => factsOf(record, storeDir)));
}

async function factsOf(record: ModelRecord, storeDir: string): Promise<ModelFacts> {
  const { id, task, description, architecture, packs, supported, files } = record;
  const { spdx, commercial, accept } = record.licence;
  const sizes = files.map(({ bytes }) => bytes);
  const known = files.length > 0 && !sizes.includes(null);
  return {
    ...{ id, task, description, architecture, packs, supported },
    licence: { spdx, commercial, accept, accepted: await licenceAccepted(storeDir, record) },
    reason: record.reason ?? null,
    default: record.default,
    installed: supported && (isBundled(record) || (await readInstalled(storeDir, id)) !== null),
    bytes: known ? sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0) : null,
    memory_bytes: known ? Math.round(memoryByRecord(record)) : null,
  };
}

function isBundled({ files }: ModelRecord): boolean {
  return files.every(({ bundled }) => bundled !== undefined);
}
