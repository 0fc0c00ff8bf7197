import { AppError } from '@packshot/contracts';
import { createInference, findWeights, type ModelRecord } from '@packshot/pipeline';
import type { CliConfig } from '../config';
import { stateOf } from '../models/list';
import { allRecords } from '../models/records';
import { bad, type Finding, ok, warn } from './check';

/** Loads the smallest model there is on each provider that the settings name. */
export async function checkProviders(config: CliConfig): Promise<Finding[]> {
  const record = await smallestModel(config);
  if (record === null) return [warn('providers', 'no model to try them with', 'packshot models pull compact')];
  const findings: Finding[] = [];
  for (const provider of config.PROVIDERS) findings.push(await tryProvider(config, record, provider));
  return findings;
}

async function smallestModel(config: CliConfig): Promise<ModelRecord | null> {
  const size = ({ files }: ModelRecord) =>
    files.reduce((sum, { bytes }) => sum + (bytes ?? Number.POSITIVE_INFINITY), 0);
  const here: ModelRecord[] = [];
  for (const record of await allRecords(config)) {
    const state = await stateOf(config.MODELS_STORE, record);
    if (state === 'installed' || state === 'ships with packshot') here.push(record);
  }
  return here.sort((a, b) => size(a) - size(b))[0] ?? null;
}

async function tryProvider(config: CliConfig, record: ModelRecord, provider: string): Promise<Finding> {
  const inference = createInference({ providers: [provider], threads: config.THREADS });
  try {
    const weights = await findWeights({ modelsDir: config.MODELS_DIR, storeDir: config.MODELS_STORE }, record);
    const [role, file] = Object.entries(weights)[0] ?? [];
    const { graph } = await inference.load(`${record.id}/${role}`, file?.path ?? '');
    if (graph.provider === provider)
      return ok('provider', `${provider} runs ${record.id} (ONNX Runtime ${graph.runtime})`);
    return bad(
      'provider',
      `${provider} is not there; ${graph.provider} is`,
      `Take ${provider} out of PROVIDERS, or see docs/03-models.md.`,
    );
  } catch (error) {
    const { message, cause } = AppError.from(error);
    const why = cause instanceof Error ? cause.message.split('\n')[0] : message;
    return bad(
      'provider',
      `${provider} cannot be used: ${why}`,
      `Take it out of PROVIDERS, or install what it needs: docs/03-models.md.`,
    );
  } finally {
    await inference.close();
  }
}
