import { AppError } from '@packshot/contracts';
import { listInstalled, removeModel } from '@packshot/pipeline';
import type { Context } from '../context';

/** Takes models out of the store. @throws invalid_request when one is not in it */
export async function removeModels({ config, output }: Context, ids: readonly string[]): Promise<void> {
  const installed = new Set((await listInstalled(config.MODELS_STORE)).map(({ id }) => id));
  const unknown = ids.filter((id) => !installed.has(id));
  if (unknown.length > 0) throw new AppError('invalid_request', `Not installed: ${unknown.join(', ')}.`);
  for (const id of ids) await removeModel(config.MODELS_STORE, id);
  output.result({ removed: ids }, ids.map((id) => `${id} is removed`).join('\n'));
}
