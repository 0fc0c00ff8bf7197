import type { ErrorCode, StageReport, Timings } from '@packshot/contracts';
import { Counter, createMetricsRegistry, Gauge, Histogram, type Registry, storageMetrics } from '@packshot/service';
import type { WebhookOutcome } from './consume-webhooks';
import type { EngineObserver } from './engine/host-options';
import type { Verdict } from './settle-failure';

/** How an attempt at an item ended; a verdict other than `finished` means that there will be another. */
type AttemptOutcome = 'succeeded' | 'failed' | 'canceled' | Exclude<Verdict['kind'], 'finished'>;

export interface WorkerMetrics {
  registry: Registry;
  countAttempt(outcome: AttemptOutcome, code?: ErrorCode): void;
  observeItem(item: { timings?: Timings | undefined; stages?: readonly StageReport[] | undefined }): void;
  countDelivery(outcome: WebhookOutcome, seconds: number): void;
  observeStorage: ReturnType<typeof storageMetrics>;
  engines: EngineObserver;
  /** From now on the gauges ask these. */
  watch(live: LiveFigures): void;
}

interface LiveFigures {
  ready(): boolean;
  /** Items being processed. */
  busy(): number;
  engineRssBytes(): number | null;
}

/** From a thumbnail's header to a hundred megapixels on a small machine; in seconds. */
const WORK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** The worker's figures for Prometheus. Those of the queue as a whole are the API's: they are the same from everywhere. */
export function createWorkerMetrics(): WorkerMetrics {
  const registry = createMetricsRegistry('worker');
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram<L>({ name, help, labelNames, buckets: WORK_BUCKETS, registers });

  const attempts = counter(
    'packshot_item_attempts_total',
    'Attempts at items that have ended, by outcome and error code; items that end in the queue are not among them',
    ['outcome', 'code'],
  );
  const phases = histogram('packshot_item_phase_duration_seconds', 'Where the time of items that succeeded went', [
    'phase',
  ]);
  const stages = histogram('packshot_stage_duration_seconds', 'Time of the stages that were not skipped', [
    'stage',
    'provider',
  ]);
  const deliveries = counter('packshot_webhook_attempts_total', 'Attempts to deliver a webhook, by outcome', [
    'outcome',
  ]);
  const deliveryTime = histogram('packshot_webhook_attempt_duration_seconds', 'Time of one attempt at a webhook', [
    'outcome',
  ]);
  const restarts = counter('packshot_engine_restarts_total', 'Engines that were replaced, by reason', ['reason']);
  const loads = histogram(
    'packshot_engine_load_duration_seconds',
    'Time from the start of an engine to loaded models',
    [],
  );

  let live: LiveFigures | undefined;
  const gauge = (name: string, help: string, value: (figures: LiveFigures) => number | null) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set((live && value(live)) ?? 0);
      },
    });
  gauge('packshot_worker_ready', '1 while this worker takes items, else 0', ({ ready }) => Number(ready()));
  gauge('packshot_items_in_progress', 'Items this worker has in hand', ({ busy }) => busy());
  gauge('packshot_engine_resident_memory_bytes', 'Memory of the engines of this worker', (figures) =>
    figures.engineRssBytes(),
  );

  return {
    registry,
    countAttempt: (outcome, code) => attempts.inc({ outcome, code: code ?? '' }),
    observeItem: (item) => {
      for (const [phase, ms] of Object.entries(item.timings ?? {})) phases.observe({ phase }, ms / 1000);
      for (const { name, provider, skipped, duration_ms } of item.stages ?? []) {
        if (skipped === null) stages.observe({ stage: name, provider: provider ?? 'none' }, duration_ms / 1000);
      }
    },
    countDelivery: (outcome, seconds) => {
      deliveries.inc({ outcome });
      deliveryTime.observe({ outcome }, seconds);
    },
    observeStorage: storageMetrics(registry),
    engines: {
      restarted: (reason) => restarts.inc({ reason }),
      loaded: (seconds) => loads.observe(seconds),
    },
    watch: (figures) => {
      live = figures;
    },
  };
}
