import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ModelFacts } from '@packshot/contracts';
import { forgetWorker, type JobStore, publishModels, reportWorker, type WorkerReport } from '@packshot/jobs';
import type { LoadedModel, RunnerInfo } from '@packshot/pipeline';
import type { Logger } from '@packshot/service';
import { listDevices } from './devices';
import type { EnginePool } from './engine/pool';

export interface HeartbeatOptions {
  store: JobStore;
  engines: EnginePool;
  logger: Logger;
  identity: Pick<WorkerReport, 'id' | 'host' | 'pid' | 'version' | 'started_at' | 'concurrency'>;
  providers: readonly string[];
  /** What MODELS asks for, and what the models of one engine may take. */
  models: { asked: readonly string[]; limitBytes: number };
  /** The models that this worker knows, as they are now. */
  catalogue(): Promise<ModelFacts[]>;
  /** Items being processed. */
  busy(): number;
  intervalMs: number;
}

export interface Heartbeat {
  /** From now on the reports say that this worker takes no more. */
  draining(): void;
  close(): Promise<void>;
}

/** Somebody may install a model at any time. */
const CATALOGUE_MS = 30_000;

/** Says every few seconds that this worker lives and how it is, until closed; then it is forgotten at once. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { store, logger, identity } = options;
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  let state: WorkerReport['state'] = 'ready';
  let beating: Promise<void> = Promise.resolve();
  let busy = false;
  let catalogueAt = Number.NEGATIVE_INFINITY;

  let toldOfGpus = false;
  function noteGpus(error: unknown): void {
    if (!toldOfGpus) logger.warn('nvidia-smi does not list the GPUs: health shows none', { error });
    toldOfGpus = true;
  }

  async function tellModels(): Promise<void> {
    if (performance.now() - catalogueAt < CATALOGUE_MS) return;
    await publishModels(store, identity.id, await options.catalogue());
    catalogueAt = performance.now();
  }

  async function beat(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      // The histogram counts the resolution in; what is left is delay.
      const delayMs = Math.max(0, loop.percentile(99) / 1e6 - 10);
      loop.reset();
      await reportWorker(store, {
        ...identity,
        state,
        busy: options.busy(),
        rss_bytes: process.memoryUsage.rss(),
        event_loop_p99_ms: Math.round(delayMs * 10) / 10,
        engine: await describeEngine(options, noteGpus),
      });
      await tellModels();
    } catch (error) {
      logger.warn('heartbeat failed', { error });
    } finally {
      busy = false;
    }
  }

  const timer = setInterval(() => {
    beating = beat();
  }, options.intervalMs);
  beating = beat();
  return {
    draining() {
      state = 'draining';
      beating = beating.then(beat);
    },
    async close() {
      clearInterval(timer);
      loop.disable();
      await beating;
      await forgetWorker(store, identity.id);
    },
  };
}

async function describeEngine(
  { engines, providers, models }: HeartbeatOptions,
  onUnknownGpus: (error: unknown) => void,
): Promise<WorkerReport['engine']> {
  const { infos } = engines;
  const [info] = infos;
  if (!info) return null;
  const { pid, restarts, rssBytes } = engines.facts();
  return {
    pid,
    restarts,
    rss_bytes: rssBytes,
    provider: info.provider,
    providers: info.providers,
    threads: info.threads,
    versions: { onnxruntime: info.onnxruntime, sharp: info.sharp },
    models: loadedOnce(infos).map(({ memoryBytes, ...model }) => ({ ...model, memory_bytes: Math.round(memoryBytes) })),
    models_asked: [...models.asked],
    models_left_out: info.leftOut,
    model_memory: {
      used_bytes: Math.round(Math.max(...infos.map(({ memoryBytes }) => memoryBytes))),
      limit_bytes: models.limitBytes,
    },
    cpu_overflow: engines.overflow,
    devices: await listDevices(providers, onUnknownGpus),
  };
}

/** Engines of one kind load the same. */
function loadedOnce(infos: readonly RunnerInfo[]): LoadedModel[] {
  const models = infos.flatMap((info) => info.models);
  return [...new Map(models.map((model) => [`${model.id} ${model.provider}`, model])).values()];
}
