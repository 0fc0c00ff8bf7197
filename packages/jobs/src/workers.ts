import type { JobStore } from './job-store';

/** What a worker says of itself every few seconds; the API shows it in `/health`. Memory in bytes. */
export interface WorkerReport {
  id: string;
  host: string;
  pid: number;
  version: string;
  started_at: string;
  state: 'starting' | 'ready' | 'draining';
  busy: number;
  concurrency: number;
  rss_bytes: number;
  /** Delay of the event loop beyond its due time since the last report, 99th percentile: locks are renewed on it. */
  event_loop_p99_ms: number;
  engine: {
    pid: number | null;
    restarts: number;
    rss_bytes: number | null;
    /** In use; several joined by `+`. */
    provider: string;
    /** Asked for, in order of preference. */
    providers: string[];
    threads: number;
    versions: Record<string, string>;
    /** Loaded, once for each provider. */
    models: { id: string; task: string; sha256: string; provider: string; memory_bytes: number }[];
    /** Asked for by the settings. */
    models_asked: string[];
    /** Of these and of the defaults, what was not loaded at the start. */
    models_left_out: { id: string; reason: string }[];
    /** What the loaded models of the fullest engine need, and what those of one may take. */
    model_memory: { used_bytes: number; limit_bytes: number };
    /** An engine on the CPU takes items over while the GPUs are busy; null: that is off. */
    cpu_overflow: 'not_needed_yet' | 'started' | null;
    devices: { id: string; kind: 'cpu' | 'gpu'; name: string; memory_used_bytes: number; memory_free_bytes: number }[];
  } | null;
}

const LIFETIME_SECONDS = 20;

export async function reportWorker(store: JobStore, report: WorkerReport): Promise<void> {
  await store.redis
    .multi()
    .set(store.keys.worker(report.id), JSON.stringify(report), 'EX', LIFETIME_SECONDS)
    .sadd(store.keys.workers, report.id)
    .exec();
}

export async function forgetWorker(store: JobStore, workerId: string): Promise<void> {
  const { worker, workerModels, workers } = store.keys;
  await store.redis.multi().unlink(worker(workerId), workerModels(workerId)).srem(workers, workerId).exec();
}

/** The workers that gave a sign of life in the last 20 seconds. */
export async function listWorkers(store: JobStore): Promise<WorkerReport[]> {
  const ids = await store.redis.smembers(store.keys.workers);
  if (ids.length === 0) return [];
  const texts = await store.redis.mget(ids.map((id) => store.keys.worker(id)));
  const silent = ids.filter((_, index) => !texts[index]);
  if (silent.length > 0) await store.redis.srem(store.keys.workers, ...silent);
  return texts.flatMap((text) => (text ? [JSON.parse(text) as WorkerReport] : []));
}
