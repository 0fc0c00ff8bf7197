import { AppError } from '@packshot/contracts';
import {
  ApiKeys,
  Changes,
  connectSubscriber,
  type FileLinks,
  type Jobs,
  openJobs,
  signingSecret,
} from '@packshot/jobs';
import { type Lifecycle, type Logger, logOutages, StartRefused } from '@packshot/service';
import {
  createFileLinks,
  createLinkSigner,
  createObjectStore,
  type LinkSigner,
  measureStore,
  type ObjectStore,
} from '@packshot/storage';
import type { ApiConfig } from './config';
import { Backends } from './health/backends';
import { InFlight } from './http/in-flight';
import { IngestLedger } from './ingest/ledger';
import { createMetrics, type Metrics } from './metrics';

/** What the endpoints work with. */
export interface Deps {
  config: ApiConfig;
  logger: Logger;
  jobs: Jobs;
  /** Wakes those who wait for a job. Stopped before the server closes, which waits for its answers. */
  changes: Changes;
  storage: ObjectStore;
  links: FileLinks;
  /** Of addresses that work without a key. */
  signer: LinkSigner;
  /** Which notifications of buckets have become jobs. */
  ingest: IngestLedger;
  inFlight: InFlight;
  apiKeys: ApiKeys;
  metrics: Metrics;
  backends: Backends;
  /** Aborted as soon as the process is to end; it goes on serving for a while. */
  leaving: AbortSignal;
}

/** Opens everything and registers how to close it. Redis may be away: requests then answer `backend_unavailable`. */
export async function openDeps(config: ApiConfig, logger: Logger, lifecycle: Lifecycle): Promise<Deps> {
  const objects = await createObjectStore(config).catch((error: unknown) => {
    const { cause, message } = AppError.from(error);
    throw new StartRefused([
      `The object store cannot be opened (${cause instanceof Error ? cause.message : message}).`,
    ]);
  });
  lifecycle.onClose('storage', () => objects.close());
  const jobs = openJobs(config, { failFast: true, name: 'packshot-api' });
  lifecycle.onClose('jobs', () => jobs.close());
  logOutages(jobs.store.redis, 'redis', logger);
  // The queues repeat the errors of the connection they share; without a listener these would end the process.
  for (const queue of [jobs.queues.items, jobs.queues.webhooks]) queue.on('error', () => {});
  const changes = new Changes(connectSubscriber(config, 'packshot-api-changes'), jobs.store.keys.changes);
  lifecycle.onClose('changes', () => changes.close());
  const inFlight = new InFlight({
    maxRequests: config.MAX_REQUESTS_IN_FLIGHT,
    maxBytes: config.MAX_BYTES_IN_FLIGHT,
    maxStreams: config.MAX_STREAMS,
  });
  const metrics = createMetrics(jobs, inFlight, logger);
  const storage = measureStore(objects, metrics.observeStorage);
  // The secret is kept in Redis, which may be away while we start.
  const signer = createLinkSigner(() => signingSecret(jobs.store));
  const links = createFileLinks({ signer, storage, lifetimeSeconds: config.LINK_SECONDS });
  const ingest = new IngestLedger(config, jobs);
  lifecycle.onClose('ingest', () => ingest.close());
  const apiKeys = new ApiKeys(jobs.store, jobs.backlog);
  return {
    config,
    logger,
    jobs,
    apiKeys,
    changes,
    storage,
    links,
    signer,
    ingest,
    inFlight,
    metrics,
    backends: new Backends(jobs, storage, config.REDIS_CHECKS === 'warn'),
    leaving: lifecycle.leaving,
  };
}
