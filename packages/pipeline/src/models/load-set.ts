import { AppError } from '@packshot/contracts';
import type { Networks } from './networks';
import { MODEL_TASKS, type ModelTask } from './record';
import type { Registry } from './registry';

export interface WantedModels {
  /** The default model of a task, where it is not the registry's own. */
  models?: Partial<Record<ModelTask, string>>;
  /** What an item waits for: loaded first, also beyond `modelMemoryBytes`. What fails to load is told when the item runs. */
  needed?: readonly string[];
  /** What served lately, last used first: loaded next, as far as it fits. */
  modelSet?: readonly string[];
  /** Asked for by the operator, ids: loaded after those, as far as they fit. What cannot load is an error at the start. */
  required?: readonly string[];
}

export interface LeftOut {
  id: string;
  reason: string;
}

/**
 * Loads what a process starts with: what is needed, what served last, what the operator asks for, the defaults of all tasks.
 * Answers what of it was left out, because it does not fit or, of the first two, does not load any more.
 * @throws what loading throws for what the operator asks for, and for defaults
 */
export async function loadSet(networks: Networks, registry: Registry, wanted: WantedModels): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  const seen = new Set<string>();
  const load = async (id: string, insist: boolean, task?: ModelTask) => {
    if (seen.has(id)) return;
    seen.add(id);
    try {
      const fits = await networks.load(task === undefined ? registry.named(id) : registry.get(id, task));
      if (!fits) leftOut.push({ id, reason: 'there is no room for it beside the others' });
    } catch (error) {
      if (insist) throw error;
      leftOut.push({ id, reason: AppError.from(error).message });
    }
  };
  const { models = {}, needed = [], modelSet = [], required = [] } = wanted;
  for (const id of [...needed, ...modelSet]) await load(id, false);
  for (const id of required) await load(id, true);
  for (const task of MODEL_TASKS) {
    const id = models[task] ?? networks.defaultOf(task)?.id;
    if (id !== undefined) await load(id, true, task);
  }
  return leftOut;
}
