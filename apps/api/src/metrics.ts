import type { ErrorCode } from '@packshot/contracts';
import { type Jobs, listWorkers, type QueueDepth, type WorkerReport } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import { Counter, createMetricsRegistry, Gauge, Histogram, type Registry, storageMetrics } from '@packshot/service';
import { inTime } from './health/in-time';
import type { InFlight } from './http/in-flight';

export interface Metrics {
  registry: Registry;
  observeRequest(request: { method: string; route: string; status: number; seconds: number }): void;
  countUpload(bytes: number): void;
  /** A request was answered with a problem of this code. */
  countProblem(code: ErrorCode): void;
  observeStorage: ReturnType<typeof storageMetrics>;
}

/**
 * The API's figures for Prometheus. What is in Redis is asked at each scrape; when it does not answer,
 * those figures are absent or NaN and `packshot_redis_up` is 0.
 */
export function createMetrics(jobs: Jobs, inFlight: InFlight, logger: Logger): Metrics {
  const registry = createMetricsRegistry('api');
  const registers = [registry];
  const requests = new Counter({
    name: 'packshot_http_requests_total',
    help: 'HTTP requests that have ended',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'packshot_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const uploaded = new Counter({
    name: 'packshot_upload_bytes_total',
    help: 'Bytes of request bodies received',
    registers,
  });
  const problems = new Counter({
    name: 'packshot_http_problems_total',
    help: 'Requests answered with a problem, by its code; `rate_limited` and `overloaded` are those turned away',
    labelNames: ['code'],
    registers,
  });
  const live = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  live('packshot_http_requests_in_flight', 'Requests being served', () => inFlight.requests);
  live('packshot_http_streams_open', 'Event streams and long polls being held open', () => inFlight.streams);
  live('packshot_upload_bytes_in_flight', 'Bytes of uploads being received', () => inFlight.bytes);
  queueGauges(registry, jobs, logger);
  return {
    registry,
    observeRequest: ({ method, route, status, seconds }) => {
      requests.inc({ method, route, status });
      duration.observe({ method, route }, seconds);
    },
    countUpload: (bytes) => uploaded.inc(bytes),
    countProblem: (code) => problems.inc({ code }),
    observeStorage: storageMetrics(registry),
  };
}

interface Snapshot {
  depth: QueueDepth;
  webhooks: Record<string, number>;
  workers: WorkerReport[];
}

/** Every gauge collects by itself, all at the same time; they share one question to Redis. */
function queueGauges(registry: Registry, jobs: Jobs, logger: Logger): void {
  let asked: Promise<Snapshot | null> | undefined;
  const snapshot = () => {
    asked ??= askRedis(jobs, logger).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    fill: (gauge: Gauge, known: Snapshot | null) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const known = await snapshot();
        this.reset();
        fill(this, known);
      },
    });
  gauge('packshot_queue_items', 'Items that wait for their turn, by lane', ['lane'], (items, known) => {
    if (!known) return;
    items.set({ lane: 'interactive' }, known.depth.interactive);
    items.set({ lane: 'bulk' }, known.depth.bulk);
  });
  gauge('packshot_queue_messages', 'Messages in the queues by state', ['queue', 'state'], (messages, known) => {
    if (!known) return;
    messages.set({ queue: 'items', state: 'active' }, known.depth.active);
    messages.set({ queue: 'items', state: 'delayed' }, known.depth.delayed);
    for (const [state, count] of Object.entries(known.webhooks)) messages.set({ queue: 'webhooks', state }, count);
  });
  gauge(
    'packshot_queue_oldest_waiting_seconds',
    'Age of the oldest waiting item, 0 when none waits',
    [],
    (age, known) => {
      age.set(known ? (known.depth.oldestWaitingMs ?? 0) / 1000 : Number.NaN);
    },
  );
  gauge('packshot_workers', 'Workers that gave a sign of life lately, by state', ['state'], (workers, known) => {
    if (!known) return;
    for (const state of ['starting', 'ready', 'draining']) {
      workers.set({ state }, known.workers.filter((worker) => worker.state === state).length);
    }
  });
  gauge('packshot_redis_up', '1 when Redis answers, else 0', [], (up, known) => up.set(known ? 1 : 0));
}

async function askRedis(jobs: Jobs, logger: Logger): Promise<Snapshot | null> {
  try {
    const { queues, store } = jobs;
    const webhookCounts = queues.webhooks.getJobCounts('waiting', 'active', 'delayed');
    const [depth, webhooks, workers] = await inTime(Promise.all([queues.depth(), webhookCounts, listWorkers(store)]));
    return { depth, webhooks, workers };
  } catch (error) {
    logger.warn('the figures of the queue are missing from the metrics', { error });
    return null;
  }
}
