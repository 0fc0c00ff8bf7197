import { AppError } from '@packshot/contracts';
import type { Inference } from '../runtime/inference';
import { loadNetwork, type Network } from './network';
import type { ModelTask } from './record';
import type { Registry } from './registry';

/** The models of one process. Each is loaded once and kept: ONNX Runtime leaks when sessions come and go. */
export interface Networks {
  /** The named model, or the task's default. Loads it on first use. @throws model_not_available, model_mismatch */
  get(task: ModelTask, id: string | undefined): Promise<Network>;
  loaded(): readonly Network[];
}

/** `preferred`: the default model of a task, where it is not the registry's own. */
export function createNetworks(
  inference: Inference,
  modelsDir: string,
  registry: Registry,
  preferred: Partial<Record<ModelTask, string>>,
): Networks {
  const loading = new Map<string, Promise<Network>>();
  const ready: Network[] = [];

  async function load(task: ModelTask, id: string): Promise<Network> {
    const network = await loadNetwork(inference, modelsDir, registry.get(id, task));
    ready.push(network);
    return network;
  }

  return {
    loaded: () => ready,
    async get(task, named) {
      const id = named ?? preferred[task] ?? registry.defaultOf(task)?.id;
      if (id === undefined) throw new AppError('model_not_available', `No model for ${task} is installed.`);
      registry.get(id, task);
      let network = loading.get(id);
      if (network === undefined) {
        network = load(task, id);
        loading.set(id, network);
        // What failed once may be installed later.
        network.catch(() => loading.delete(id));
      }
      return network;
    },
  };
}
