import { AppError, type ImageLimits } from '@packshot/contracts';
import type { CostSheet } from './cost';
import { sharp } from './image/loaders';
import { measureCosts } from './measure-costs';
import { type LeftOut, loadSet, type WantedModels } from './models/load-set';
import { machineMemory, together } from './models/memory';
import { ModelSet, ModelSetFull } from './models/model-set';
import { createNetworks, type Networks } from './models/networks';
import type { ModelTask } from './models/record';
import { readRegistry } from './models/registry';
import { processImage, type RunRequest } from './process-image';
import { EmbeddingCache } from './prompt/embedding-cache';
import type { RunReport } from './report';
import { createInference } from './runtime/inference';
import { type ExecutionProvider, joinProviders } from './runtime/providers';

export interface RunnerOptions extends WantedModels {
  /** The folder with `registry/` and the files its records name. */
  modelsDir: string;
  /** Where fetched models are installed. */
  storeDir: string;
  /** Execution providers in order of preference. One alone is a demand. */
  providers: readonly ExecutionProvider[];
  /** Threads of one inference: the cores this process may use, which is not always what the machine has. */
  threads: number;
  limits: ImageLimits;
  /** Bytes that loaded models may take together, their weights and the largest run; without it, what this machine has. */
  modelMemoryBytes?: number;
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
  leftOut: LeftOut[];
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
 * Loads, checks and warms what is needed, what served last, what the operator asks for, and the default model of every task, in
 * this order and as far as it fits; the rest is loaded when an item names it.
 * @throws backend_unavailable when none of the providers works; for what the operator asks for, and for defaults:
 * model_not_available, model_not_installed, licence_not_accepted, model_mismatch, model_too_large
 */
export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const registry = await readRegistry(options.modelsDir, options.storeDir);
  const inference = createInference(options);
  const set = new ModelSet(options.modelMemoryBytes ?? machineMemory(), new Set(options.needed));
  const networks = createNetworks(inference, options, registry, options.models ?? {}, set);
  try {
    const leftOut = await loadSet(networks, registry, options);
    const costs = await measureCosts(networks, registry.supported());
    const info = () => describe(options, networks, set, leftOut, costs);
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
          throw error instanceof ModelSetFull ? error : AppError.from(error);
        }
      },
    };
  } catch (error) {
    await inference.close();
    throw error;
  }
}

function describe(
  options: RunnerOptions,
  networks: Networks,
  set: ModelSet,
  leftOut: LeftOut[],
  costs: CostSheet,
): RunnerInfo {
  const loaded = networks.loaded();
  const models = new Map<string, LoadedModel>();
  for (const { record, sha256, provider } of loaded) {
    const { id, task } = record;
    const before = models.get(id);
    const memory = set.memoryOf(id);
    models.set(id, {
      ...{ id, task, sha256 },
      provider: before === undefined ? provider : joinProviders([before.provider, provider]),
      memoryBytes: memory === undefined ? 0 : together([memory]),
    });
  }
  return {
    provider: joinProviders(loaded.map(({ provider }) => provider)),
    providers: [...options.providers],
    threads: options.threads,
    onnxruntime: loaded[0]?.runtime ?? 'none',
    sharp: sharp.versions.sharp ?? 'unknown',
    models: [...models.values()],
    memoryBytes: set.bytes,
    leftOut,
    costs,
  };
}
