import { type Jobs, openJobs } from '@packshot/jobs';
import type { Lifecycle, Logger } from '@packshot/service';
import { createObjectStore, type ObjectStore } from '@packshot/storage';
import type { ApiConfig } from './config';
import { Backends } from './health/backends';
import { InFlight } from './http/in-flight';
import { createMetrics, type Metrics } from './metrics';

/** What the endpoints work with. */
export interface Deps {
  config: ApiConfig;
  logger: Logger;
  jobs: Jobs;
  storage: ObjectStore;
  inFlight: InFlight;
  metrics: Metrics;
  backends: Backends;
}

/** Opens everything and registers how to close it. Redis may be away: requests then answer `backend_unavailable`. */
export async function openDeps(config: ApiConfig, logger: Logger, lifecycle: Lifecycle): Promise<Deps> {
  const storage = await createObjectStore(config);
  lifecycle.onClose('storage', () => storage.close());
  const jobs = openJobs(config, { failFast: true, name: 'packshot-api' });
  lifecycle.onClose('jobs', () => jobs.close());
  logConnection(jobs, logger);
  const inFlight = new InFlight({ maxRequests: config.MAX_REQUESTS_IN_FLIGHT, maxBytes: config.MAX_BYTES_IN_FLIGHT });
  const metrics = createMetrics(jobs, inFlight, logger);
  return { config, logger, jobs, storage, inFlight, metrics, backends: new Backends(jobs, storage) };
}

/** The client reports every failed try to connect; one line for each change is enough. */
function logConnection({ store: { redis }, queues }: Jobs, logger: Logger): void {
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) logger.warn('redis is away', { error });
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.info('redis is back');
    away = false;
  });
  // The queues repeat the errors of the connection they share; without a listener these would end the process.
  for (const queue of [queues.items, queues.webhooks]) queue.on('error', () => {});
}
