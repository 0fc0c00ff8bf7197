import { monitorEventLoopDelay } from 'node:perf_hooks';
import { forgetWorker, type JobStore, reportWorker, type WorkerReport } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import { listDevices } from './devices';
import type { EnginePool } from './engine/pool';

export interface HeartbeatOptions {
  store: JobStore;
  engines: EnginePool;
  logger: Logger;
  identity: Pick<WorkerReport, 'id' | 'host' | 'pid' | 'version' | 'started_at' | 'concurrency'>;
  providers: readonly string[];
  /** Items being processed. */
  busy(): number;
  intervalMs: number;
}

export interface Heartbeat {
  /** From now on the reports say that this worker takes no more. */
  draining(): void;
  close(): Promise<void>;
}

/** Says every few seconds that this worker lives and how it is, until closed; then it is forgotten at once. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { store, engines, logger, identity } = options;
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  let state: WorkerReport['state'] = 'ready';
  let beating: Promise<void> = Promise.resolve();
  let busy = false;

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
        engine: await describeEngine(engines, options.providers),
      });
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

async function describeEngine(engines: EnginePool, providers: readonly string[]): Promise<WorkerReport['engine']> {
  const { info } = engines;
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
    models: info.models,
    devices: await listDevices(providers),
  };
}
