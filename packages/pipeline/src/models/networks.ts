import { AppError } from '@packshot/contracts';
import type { Inference } from '../runtime/inference';
import type { WeightPlaces } from '../runtime/weights';
import { loadNetwork, type Network } from './network';
import type { ModelRecord, ModelTask } from './record';
import type { Registry } from './registry';
import { readInstalled } from './store/installed';
import { licenceAccepted } from './store/licences';

export type Blur = NonNullable<ModelRecord['blur']>;

/** The models of one process. Each is loaded once and kept: ONNX Runtime leaks when sessions come and go. */
export interface Networks {
  /**
   * The named model, or the one that serves the task. Loads it on first use.
   * @throws model_not_available, model_not_installed, licence_not_accepted, model_mismatch
   */
  get(task: ModelTask, id: string | undefined, blur?: Blur): Promise<Network>;
  /**
   * The model that serves a task when none is named: the settings' choice, the registry's default, else one that is
   * installed. Null when there is none.
   */
  choose(task: ModelTask, blur?: Blur): Promise<string | null>;
  loaded(): readonly Network[];
}

/** `preferred`: the model of a task, where it is not the registry's own. */
export function createNetworks(
  inference: Inference,
  places: WeightPlaces,
  registry: Registry,
  preferred: Partial<Record<ModelTask, string>>,
): Networks {
  const loading = new Map<string, Promise<Network>>();
  const ready: Network[] = [];

  async function load(record: ModelRecord): Promise<Network> {
    const network = await loadNetwork(inference, places, record);
    const { fallback } = record;
    if (fallback !== undefined) network.fallback = () => get(record.task, fallback);
    ready.push(network);
    return network;
  }

  async function choose(task: ModelTask, blur?: Blur): Promise<string | null> {
    const settled = preferred[task] ?? registry.defaultOf(task)?.id;
    if (settled !== undefined && serves(registry.get(settled, task), blur)) return settled;
    const served = registry.forTask(task).filter((record) => serves(record, blur));
    for (const record of served) {
      if ((await readInstalled(places.storeDir, record.id)) === null) continue;
      if (await licenceAccepted(places.storeDir, record)) return record.id;
    }
    return null;
  }

  async function get(task: ModelTask, named: string | undefined, blur?: Blur): Promise<Network> {
    const id = named ?? (await choose(task, blur));
    if (id === null) throw noneInstalled(task, registry.forTask(task), blur);
    const record = registry.get(id, task);
    if (!serves(record, blur)) {
      throw new AppError('model_not_available', `The model ${id} is for ${record.blur} blur, not for ${blur}.`);
    }
    let network = loading.get(id);
    if (network === undefined) {
      network = load(record);
      loading.set(id, network);
      // What failed once may be installed later.
      network.catch(() => loading.delete(id));
    }
    return network;
  }

  return { loaded: () => ready, choose, get };
}

function serves(record: ModelRecord, blur: Blur | undefined): boolean {
  return blur === undefined || record.blur === undefined || record.blur === blur;
}

function noneInstalled(task: ModelTask, records: readonly ModelRecord[], blur: Blur | undefined): AppError {
  const fitting = records.find((record) => serves(record, blur));
  const what = blur === undefined ? task : `${task} of ${blur} blur`;
  const advice = fitting === undefined ? 'the registry has none' : `packshot models pull ${fitting.id}`;
  return new AppError('model_not_installed', `No model for ${what} is installed: ${advice}`);
}
