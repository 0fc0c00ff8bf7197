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

export interface RunnerOptions {
  /** The folder with `registry/` and the files its records name. */
  modelsDir: string;
  /** Where fetched models are installed. */
  storeDir: string;
  /** Execution providers in order of preference: `cpu`, `cuda`, `tensorrt`, `webgpu`. One alone is a demand. */
  providers: readonly string[];
  /** Threads of one inference: the cores this process may use, which is not always what the machine has. */
  threads: number;
  limits: ImageLimits;
  /** The default model of a task, where it is not the registry's own. */
  models?: Partial<Record<ModelTask, string>>;
}

export interface RunnerInfo {
  /** The provider of every session; several joined by `+`. */
  provider: string;
  providers: string[];
  threads: number;
  onnxruntime: string;
  sharp: string;
  models: { id: string; task: ModelTask; sha256: string; provider: string }[];
  costs: CostSheet;
}

export interface Runner {
  info(): RunnerInfo;
  /**
   * Processes one image; several may be under way, their inferences take turns. On failure `outputDir` may hold parts.
   * @throws AppError: empty_file, file_too_large, image_too_large, output_too_large, unsupported_format, corrupt_image,
   * model_not_available, model_mismatch, out_of_memory, storage_error, canceled (the signal; its reason is the cause,
   * or thrown as it is when it is an AppError)
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
    })),
    costs,
  };
}
