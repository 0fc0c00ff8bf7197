import { listWorkers } from '@packshot/jobs';
import { availableCpus, memoryLimit } from '@packshot/service';
import type { Deps } from '../deps';
import { VERSION } from '../version';
import { inTime } from './in-time';
import type { HealthReport } from './schema';

export async function reportHealth(deps: Pick<Deps, 'backends' | 'jobs' | 'inFlight'>): Promise<HealthReport> {
  const { redis, storage } = await deps.backends.check();
  const { queue, workers } = redis.ok ? await askQueue(deps) : { queue: null, workers: null };
  const ready = (workers ?? []).filter((worker) => worker.state === 'ready');
  const usable = redis.ok && storage.ok && queue !== null;
  return {
    status: usable ? (ready.length > 0 ? 'ok' : 'degraded') : 'unavailable',
    version: VERSION,
    uptime_seconds: Math.round(process.uptime()),
    versions: Object.assign({ node: process.versions.node }, ...ready.map((worker) => worker.engine?.versions)),
    redis,
    storage,
    queue,
    providers: [...new Set(ready.flatMap((worker) => worker.engine?.provider ?? []))],
    workers,
    api: {
      cpu_cores: availableCpus(),
      cpu_used: cpuUsed(),
      rss_bytes: process.memoryUsage.rss(),
      memory_limit_bytes: memoryLimit(),
      requests_in_flight: deps.inFlight.requests,
      streams_open: deps.inFlight.streams,
      upload_bytes_in_flight: deps.inFlight.bytes,
    },
  };
}

async function askQueue({ jobs }: Pick<Deps, 'jobs'>): Promise<Pick<HealthReport, 'queue' | 'workers'>> {
  try {
    const [depth, workers] = await inTime(Promise.all([jobs.queues.depth(), listWorkers(jobs.store)]));
    const { oldestWaitingMs, ...states } = depth;
    return { queue: { ...states, oldest_waiting_ms: oldestWaitingMs }, workers };
  } catch {
    // Redis went away since it was asked; the report says `unavailable`.
    return { queue: null, workers: null };
  }
}

let last = { at: performance.now(), usage: process.cpuUsage() };

/** Cores this process kept busy since the last call, on average. */
function cpuUsed(): number {
  const now = { at: performance.now(), usage: process.cpuUsage() };
  const busyMs = (now.usage.user + now.usage.system - last.usage.user - last.usage.system) / 1000;
  const used = busyMs / Math.max(1, now.at - last.at);
  last = now;
  return Math.round(used * 1000) / 1000;
}
