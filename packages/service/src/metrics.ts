import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A registry of its own with the process's figures in it; names of ours start with `packshot_`. */
export function createMetricsRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** From a request in a local network to an upload over a slow line; in seconds. */
const NETWORK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The figures of the object store as one process sees it; gives the function that is told of each operation. */
export function storageMetrics(registry: Registry): (operation: string, seconds: number, failed: boolean) => void {
  const registers = [registry];
  const duration = new Histogram({
    name: 'packshot_storage_operation_duration_seconds',
    help: 'Time of one operation on the object store; `get` until the first byte',
    labelNames: ['operation'],
    buckets: NETWORK_BUCKETS,
    registers,
  });
  const errors = new Counter({
    name: 'packshot_storage_errors_total',
    help: 'Operations that the object store failed at',
    labelNames: ['operation'],
    registers,
  });
  return (operation, seconds, failed) => {
    duration.observe({ operation }, seconds);
    if (failed) errors.inc({ operation });
  };
}
