import { AppError } from '@packshot/contracts';
import type { NamedModel } from '../named-models';
import type { Inference } from '../runtime/inference';
import { measureWeights, type WeightPlaces } from '../runtime/weights';
import { loadNetwork } from './load-network';
import { leastMemory, type ModelMemory, machineMemory, modelMemory, together, tooLarge } from './memory';
import { ModelSet, ModelSetFull } from './model-set';
import type { Network } from './network';
import type { ModelRecord, ModelTask } from './record';
import type { Registry } from './registry';
import { readInstalled } from './store/installed';
import { licenceAccepted } from './store/licences';

/** What a model has to do, beside its task. */
export interface Wanted {
  /** The blur that it must be for. */
  blur?: NonNullable<ModelRecord['blur']>;
  /** How much it is to enlarge. Every model that enlarges can: in several runs, or reduced afterwards. */
  scale?: number;
}

/** The models of one process. Each is loaded once and kept: ONNX Runtime leaks when sessions come and go. */
export interface Networks {
  /**
   * Loads what of these is not loaded yet, before any work is done with them.
   * @throws ModelSetFull, model_too_large, model_not_available, model_not_installed, licence_not_accepted, model_mismatch,
   * backend_unavailable
   */
  prepare(needs: readonly NamedModel[]): Promise<void>;
  /** Loads a model if there is room. Answers whether there was. @throws as `prepare` */
  load(record: ModelRecord): Promise<boolean>;
  /**
   * The named model, or the one that serves the task. Loads it when nobody prepared it.
   * @throws model_not_available, model_not_installed, licence_not_accepted, model_mismatch
   */
  get(task: ModelTask, id: string | undefined, wanted?: Wanted): Promise<Network>;
  /**
   * The model that serves a task when none is named: the settings' choice, the registry's default, else one that is
   * installed. Null when there is none.
   */
  choose(task: ModelTask, wanted?: Wanted): Promise<string | null>;
  /** The registry's default for a task, in its form for a CPU where that is what models run on. Null when there is none. */
  defaultOf(task: ModelTask): ModelRecord | null;
  /** Once for each provider that a model is loaded on. */
  loaded(): readonly Network[];
}

/** `preferred`: the model of a task, where it is not the registry's own. */
export function createNetworks(
  inference: Inference,
  places: WeightPlaces,
  registry: Registry,
  preferred: Partial<Record<ModelTask, string>>,
  set: ModelSet = new ModelSet(machineMemory()),
): Networks {
  const loading = new Map<string, Promise<Network>>();
  const ready: Network[] = [];

  /** The network with the way to its replacements, which are kept here as well. */
  function keep(network: Network): Network {
    const { record, next } = network;
    const { fallback } = record;
    const kept: Network = { ...network };
    if (fallback !== undefined) kept.fallback = () => get(record.task, fallback);
    if (next !== undefined) {
      let later: Network | undefined;
      kept.next = async () => {
        const loaded = await next();
        if (later === undefined) {
          later = keep(loaded);
          set.takeAnyway(
            new Map([[`${record.id} on ${later.provider}`, set.memoryOf(record.id) ?? modelMemory(record)]]),
          );
        }
        return later;
      };
    }
    ready.push(kept);
    return kept;
  }

  function loadOnce(record: ModelRecord): Promise<Network> {
    const { id } = record;
    let network = loading.get(id);
    if (network === undefined) {
      network = loadNetwork(inference, places, record).then(keep);
      loading.set(id, network);
      // What failed once may be installed later.
      network.catch(() => {
        loading.delete(id);
        set.leave(id);
      });
    }
    return network;
  }

  /** What loading these would add. Reads no file, so that a model that is not there costs nothing. */
  async function measure(records: Iterable<ModelRecord>): Promise<Map<string, ModelMemory>> {
    const sizes = new Map<string, ModelMemory>();
    for (const record of records) {
      if (set.has(record.id)) continue;
      sizes.set(record.id, modelMemory(record, await measureWeights(places, record)));
    }
    return sizes;
  }

  async function load(record: ModelRecord): Promise<boolean> {
    if (!set.take(await measure([record]))) return false;
    await loadOnce(record);
    return true;
  }

  async function prepare(needs: readonly NamedModel[]): Promise<void> {
    const records = new Map<string, ModelRecord>();
    for (const { task, id, optional, ...wanted } of needs) {
      if (optional && (await choose(task, wanted)) === null) continue;
      const record = await resolve(task, id, wanted);
      records.set(record.id, record);
    }
    const absent = await measure(records.values());
    if (!set.take(absent)) {
      const weights = (id: string) => (absent.get(id) ?? set.memoryOf(id))?.weights;
      const needed = together([...records.values()].map((record) => leastMemory(record, weights(record.id))));
      // How much a GPU has, nobody here knows.
      const available = inference.providers[0] === 'cpu' ? machineMemory() : Number.POSITIVE_INFINITY;
      const ids = [...records.keys()];
      if (needed > available) throw tooLarge(`The models ${ids.join(', ')} together need`, needed, available);
      throw new ModelSetFull(ids);
    }
    try {
      for (const record of records.values()) await loadOnce(record);
    } catch (error) {
      // Nobody came to load those behind the one that failed.
      for (const id of absent.keys()) if (!loading.has(id)) set.leave(id);
      throw error;
    }
  }

  async function choose(task: ModelTask, wanted: Wanted = {}): Promise<string | null> {
    const settled = preferred[task];
    const usual = settled === undefined ? registry.defaultOf(task) : registry.get(settled, task);
    if (usual !== null && serves(usual, wanted)) {
      const { id, fourfold } = usual;
      const chosen = wanted.scale === 4 && fourfold !== undefined ? registry.get(fourfold, task) : usual;
      return chosen.id === settled ? id : inForm(chosen).id;
    }
    const served = registry.forTask(task).filter((record) => serves(record, wanted));
    for (const record of served) {
      if ((await readInstalled(places.storeDir, record.id)) === null) continue;
      if (await licenceAccepted(places.storeDir, record)) return record.id;
    }
    return null;
  }

  /** What somebody named is taken at its word; of defaults, the form that suits the machine. */
  function inForm(record: ModelRecord): ModelRecord {
    if (inference.providers[0] !== 'cpu') return record;
    return registry.forTask(record.task).find(({ cpu_form_of }) => cpu_form_of === record.id) ?? record;
  }

  function defaultOf(task: ModelTask): ModelRecord | null {
    const record = registry.defaultOf(task);
    return record === null ? null : inForm(record);
  }

  async function resolve(task: ModelTask, named: string | undefined, wanted: Wanted): Promise<ModelRecord> {
    const id = named ?? (await choose(task, wanted));
    if (id === null) throw noneInstalled(task, registry.forTask(task), wanted);
    const record = registry.get(id, task);
    if (!serves(record, wanted)) {
      throw new AppError('model_not_available', `The model ${id} is for ${record.blur} blur, not for ${wanted.blur}.`);
    }
    return record;
  }

  async function get(task: ModelTask, named: string | undefined, wanted: Wanted = {}): Promise<Network> {
    const record = await resolve(task, named, wanted);
    set.takeAnyway(await measure([record]));
    return loadOnce(record);
  }

  return { loaded: () => ready, choose, defaultOf, get, load, prepare };
}

function serves(record: ModelRecord, { blur }: Wanted): boolean {
  return blur === undefined || record.blur === undefined || record.blur === blur;
}

function noneInstalled(task: ModelTask, records: readonly ModelRecord[], wanted: Wanted): AppError {
  const fitting = records.find((record) => serves(record, wanted));
  const what = wanted.blur === undefined ? task : `${task} of ${wanted.blur} blur`;
  const advice = fitting === undefined ? 'the registry has none' : `packshot models pull ${fitting.id}`;
  return new AppError('model_not_installed', `No model for ${what} is installed: ${advice}`);
}
