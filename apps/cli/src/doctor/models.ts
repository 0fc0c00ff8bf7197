import { verifyModel } from '@packshot/pipeline';
import type { CliConfig } from '../config';
import { stateOf } from '../models/list';
import { allRecords } from '../models/records';
import { bad, type Finding, ok } from './check';

/** Whether the models that are here are whole, and every task of the usual pipeline has one. */
export async function checkModels(config: CliConfig): Promise<Finding[]> {
  const damaged: string[] = [];
  let whole = 0;
  for (const record of await allRecords(config)) {
    const state = await stateOf(config.MODELS_STORE, record);
    if (state !== 'installed' && state !== 'ships with packshot') continue;
    const files = await verifyModel(config.MODELS_STORE, config.MODELS_DIR, record);
    if (files.some((file) => file.state === 'missing' || file.state === 'damaged')) damaged.push(record.id);
    else whole += 1;
  }
  if (damaged.length > 0) {
    return [bad('models', `not as they should be: ${damaged.join(', ')}`, `packshot models pull ${damaged.join(' ')}`)];
  }
  return whole === 0
    ? [bad('models', `none in ${config.MODELS_DIR}`, 'MODELS_DIR is the folder `models` of the repository.')]
    : [ok('models', `${whole} here, every byte as it should be`)];
}
