import { type ModelRecord, readRecords } from '@packshot/pipeline';
import { StartRefused } from '@packshot/service';
import type { WorkerConfig } from './config';

/**
 * The models that MODELS names, packs spelled out, each once.
 * @throws StartRefused with every name that stands for nothing
 */
export async function configuredModels(
  config: Pick<WorkerConfig, 'MODELS' | 'MODELS_DIR' | 'MODELS_STORE'>,
): Promise<string[]> {
  if (config.MODELS.length === 0) return [];
  const records = (await readRecords(config.MODELS_DIR, config.MODELS_STORE)).filter(({ supported }) => supported);
  const unknown = config.MODELS.filter((name) => modelsOf(name, records).length === 0);
  if (unknown.length > 0) {
    throw new StartRefused(unknown.map((name) => `MODELS: there is no model and no pack ${name}.`));
  }
  return [...new Set(config.MODELS.flatMap((name) => modelsOf(name, records)))];
}

function modelsOf(name: string, records: readonly ModelRecord[]): string[] {
  const named = records.filter(({ id, packs }) => id === name || packs.some((pack) => pack === name));
  return named.map(({ id }) => id);
}
