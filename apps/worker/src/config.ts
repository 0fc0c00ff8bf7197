import { join } from 'node:path';
import { limitsConfig } from '@packshot/contracts';
import { jobsConfig, refuseContradictions } from '@packshot/jobs';
import { EXECUTION_PROVIDERS } from '@packshot/pipeline';
import { availableCpus, list, loadConfig, memoryLimit, serviceConfig } from '@packshot/service';
import { storageConfig } from '@packshot/storage';
import { z } from 'zod';
import { embeddingsConfig } from './embeddings-config';
import { defaultModelBudgetMb } from './engine/memory-limits';
import { metricsConfig } from './metrics-config';

const seconds = (value: number) => z.coerce.number().positive().default(value);

/** From `src/` and `dist/` alike, the repository's models. */
const REPOSITORY_MODELS = join(__dirname, '../../../models');

const workerFragment = z.object({
  PROVIDERS: list()
    .pipe(z.array(z.enum(EXECUTION_PROVIDERS)).min(1))
    .default(['cpu'])
    .describe(
      'ONNX Runtime providers in order of preference, comma-separated: tensorrt, cuda, webgpu, cpu; a list without cpu is a demand',
    ),
  CUDA_DEVICES: list()
    .default([])
    .describe('GPU indices to use, comma-separated, one engine each; empty: one engine on the first'),
  GPU_BUSY_FRACTION: z.coerce
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'while every GPU is busy for more than this share of the time (0 to 1), items go to an engine on the CPU; unset: never',
    ),
  THREADS: z.coerce
    .number()
    .int()
    .positive()
    .default(() => availableCpus())
    .describe('threads of one engine; by default the processors this process may use'),
  MODELS_DIR: z.string().default(REPOSITORY_MODELS).describe('folder with the model registry and weights'),
  MODELS_STORE: z.string().default('.packshot/models').describe('folder where fetched models are installed'),
  MODELS: list()
    .default([])
    .describe(
      'models, or packs of them, that are loaded at the start beside the default of each task, comma-separated; the worker does not start without them',
    ),
  MODELS_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(64)
    .default(() => defaultModelBudgetMb(memoryLimit()))
    .describe(
      'what the models of one engine may take together, their weights and the largest run; by default half of the memory',
    ),
  WORKER_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('items in one engine at a time: while one infers, another is decoded, encoded or moved'),
  ENGINE_RSS_LIMIT_MB: z.coerce
    .number()
    .int()
    .min(64)
    .optional()
    .describe(
      'memory past which an engine is restarted between items; past half as much again it is killed. Unset: what its models need, and two fifths of the memory (3 GiB at most) for pictures',
    ),
  SPOOL_DIR: z.string().optional().describe('where images lie while they are processed; by default the temp folder'),
  LOCK_SECONDS: seconds(30).describe('how long a silent worker keeps an item before another one may take it'),
  STALLED_INTERVAL_SECONDS: seconds(10).describe('how often items of dead workers are looked for'),
  ITEM_TIMEOUT_BASE_SECONDS: seconds(60).describe("the part of an item's time limit that does not depend on its size"),
  ITEM_TIMEOUT_FACTOR: seconds(4).describe('how many times its expected duration an item may take beyond the base'),
  PROGRESS_TIMEOUT_SECONDS: seconds(120).describe(
    'an item without any progress for this long, and for its expected duration, is ended',
  ),
  MAX_DOWNLOAD_SECONDS: seconds(60).describe('the longest the download of one image may take'),
  DRAIN_SECONDS: z.coerce
    .number()
    .min(0)
    .default(25)
    .describe('how long running items may go on after a request to stop; then they go back to the queue'),
});

/** Every setting of the worker. */
export const workerConfig = serviceConfig
  .extend(limitsConfig.shape)
  .extend(jobsConfig.shape)
  .extend(storageConfig.shape)
  .extend(workerFragment.shape)
  .extend(metricsConfig.shape)
  .extend(embeddingsConfig.shape)
  .superRefine(refuseContradictions)
  .refine(({ GPU_BUSY_FRACTION, PROVIDERS }) => GPU_BUSY_FRACTION === undefined || usesGpu(PROVIDERS), {
    path: ['GPU_BUSY_FRACTION'],
    message: 'there is no GPU among PROVIDERS',
  });

/** Whether any of the providers computes on a GPU. */
function usesGpu(providers: readonly string[]): boolean {
  return providers.some((provider) => provider !== 'cpu');
}

export type WorkerConfig = z.infer<typeof workerConfig>;

/** Throws a ConfigError that names every fault. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  return loadConfig(workerConfig, { env });
}

const ENGINE_VARIABLES =
  /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|NODE_EXTRA_CA_CERTS|LD_PRELOAD|LD_LIBRARY_PATH|DYLD_.*|MALLOC_.*|CUDA_.*|NVIDIA_.*|ORT_.*|VIPS_.*)$/;

/**
 * The environment of an engine process. It decodes files from strangers in native code, so it gets none of the secrets
 * this process has. glibc's allocator keeps freed memory in one arena a thread; two arenas keep that bounded, and the
 * variable must be set before the process starts.
 */
export function engineEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const passed: Record<string, string> = { MALLOC_ARENA_MAX: '2' };
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && ENGINE_VARIABLES.test(name)) passed[name] = value;
  }
  return passed;
}
