import { AppError, type ImageLimits } from '@packshot/contracts';
import type { CostSheet } from './cost';
import { sharp } from './image/loaders';
import { measureCosts } from './measure-costs';
import { createNetworks, type Networks } from './models/networks';
import { MODEL_TASKS, type ModelTask } from './models/record';
import { type Registry, readRegistry } from './models/registry';
import { processImage, type RunRequest } from './process-image';
import { EmbeddingCache } from './prompt/embedding-cache';
import type { RunReport } from './report';
import { createInference } from './runtime/inference';
import type { ExecutionProvider } from './runtime/providers';

export interface RunnerOptions {
  /** The folder with `registry/` and the files its records name. */
  modelsDir: string;
  /** Where fetched models are installed. */
  storeDir: string;
  /** Execution providers in order of preference. One alone is a demand. */
  providers: readonly ExecutionProvider[];
  /** Threads of one inference: the cores this process may use, which is not always what the machine has. */
  threads: number;
  limits: ImageLimits;
  /** The default model of a task, where it is not the registry's own. */
  models?: Partial<Record<ModelTask, string>>;
  /** Bytes that loaded models may take together, their weights and the largest run; what this machine has when absent. */
  modelMemoryBytes?: number;
  /** What an item waits for: loaded first, also beyond `modelMemoryBytes`. What fails to load is told when the item runs. */
  needed?: readonly string[];
  /** What served lately, last used first: loaded next, as far as it fits. */
  modelSet?: readonly string[];
  /** Asked for by the operator, ids: loaded after those, as far as they fit. What cannot load is an error at the start. */
  required?: readonly string[];
}

export interface RunnerInfo {
  /** The provider of every session; several joined by `+`. */
  provider: string;
  providers: string[];
  threads: number;
  onnxruntime: string;
  sharp: string;
  models: LoadedModel[];
  /** Of all loaded models together: their weights, and the largest run among them. */
  memoryBytes: number;
  /** What was to be loaded at the start and is not. */
  leftOut: { id: string; reason: string }[];
  costs: CostSheet;
}

export interface LoadedModel {
  id: string;
  task: ModelTask;
  sha256: string;
  /** Where its nodes really run; several joined by `+`. */
  provider: string;
  /** Its weights and one run. */
  memoryBytes: number;
}

export interface Runner {
  info(): RunnerInfo;
  /**
   * Processes one image; several may be under way, their inferences take turns. On failure `outputDir` may hold parts.
   * @throws AppError: empty_file, file_too_large, image_too_large, output_too_large, unsupported_format, corrupt_image,
   * model_not_available, model_mismatch, out_of_memory, model_too_large, storage_error, canceled (the signal; its reason is
   * the cause, or thrown as it is when it is an AppError); ModelSetFull, before any work, when the item's models need an
   * engine of their own
   */
  run(request: RunRequest): Promise<RunReport>;
  /** Waits for the inference in progress and ends the thread. Runs under way fail. */
  close(): Promise<void>;
}

/**
 * Loads, checks and warms the default model of every task that the registry has one for.
 * @throws backend_unavailable when none of the providers works, model_not_available, model_mismatch
 */
export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const registry = await readRegistry(options.modelsDir, options.storeDir);
  const inference = createInference(options);
  const networks = createNetworks(inference, options, registry, options.models ?? {});
  try {
    await loadDefaults(registry, networks, options.models ?? {});
    const costs = await measureCosts(networks.loaded(), registry.supported(), await networks.choose('deblur'));
    const info = () => describe(options, networks, costs);
    const { onnxruntime, sharp: codec, provider } = info();
    const embeddings = new EmbeddingCache();
    const versions = { onnxruntime, sharp: codec, libvips: sharp.versions.vips, provider };
    return {
      info,
      close: () => inference.close(),
      run: async (request) => {
        try {
          return await processImage(request, { limits: options.limits, networks, embeddings, costs, versions });
        } catch (error) {
          if (request.signal?.aborted && !(error instanceof AppError)) {
            throw new AppError('canceled', undefined, { cause: error });
          }
          throw AppError.from(error);
        }
      },
    };
  } catch (error) {
    await inference.close();
    throw error;
  }
}

async function loadDefaults(registry: Registry, networks: Networks, preferred: RunnerOptions['models']): Promise<void> {
  for (const task of MODEL_TASKS) {
    if (preferred?.[task] !== undefined || registry.defaultOf(task) !== null) await networks.get(task, undefined);
  }
}

function describe(options: RunnerOptions, networks: Networks, costs: CostSheet): RunnerInfo {
  const loaded = networks.loaded();
  return {
    provider: [...new Set(loaded.map(({ provider }) => provider))].join('+'),
    providers: [...options.providers],
    threads: options.threads,
    onnxruntime: loaded[0]?.runtime ?? 'none',
    sharp: sharp.versions.sharp ?? 'unknown',
    models: loaded.map(({ record, provider, sha256 }) => ({
      id: record.id,
      task: record.task,
      sha256,
      provider,
      memoryBytes: 0,
    })),
    memoryBytes: 0,
    leftOut: [],
    costs,
  };
}
