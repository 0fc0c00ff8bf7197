import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { type AppError, imageLimits } from '@packshot/contracts';
import {
  checkRedis,
  connectRedis,
  jobFacts,
  OutboxSender,
  openJobs,
  signingSecret,
  tendRegularly,
  waitForRedis,
} from '@packshot/jobs';
import { type Lifecycle, type Logger, logOutages, memoryLimit, reportFindings } from '@packshot/service';
import {
  checkAccess,
  createFileLinks,
  createLinkSigner,
  createObjectStore,
  createSourceReader,
  measureStore,
} from '@packshot/storage';
import { engineEnvironment, type WorkerConfig } from './config';
import { configuredModels } from './configured-models';
import { consumeItems, type ItemConsumer } from './consume-items';
import { consumeWebhooks } from './consume-webhooks';
import { devicesOf, EnginePool, type PoolOptions } from './engine/pool';
import { watchGpus } from './gpu-share';
import { startHeartbeat } from './heartbeat';
import type { ItemContext } from './item-context';
import { createWorkerMetrics } from './metrics';
import { serveMetrics } from './metrics-server';
import { readCatalogue } from './model-catalogue';
import { openSpool } from './spool';
import { startSweeping } from './sweep';

export interface StartOptions {
  config: WorkerConfig;
  logger: Logger;
  lifecycle: Lifecycle;
  /** No engine starts any more: this process is of no use, and another place may be better. */
  onHopeless(error: AppError): void;
  /** Another module with `createRunner`, for tests of what engines do when they misbehave. */
  runnerModule?: string;
}

const MIB = 2 ** 20;
const REDIS_WAIT_MS = 30_000;
const HEARTBEAT_MS = 5000;
const SWEEP_MS = 30_000;
const TEND_MS = 5_000;

/**
 * Wires a worker together and starts it: connections, engines, then the queues. Each part registers how it closes; closing
 * runs backwards, so first nothing new is taken, then what runs is drained, then engines and connections go.
 */
export async function startWorker({
  config,
  logger,
  lifecycle,
  onHopeless,
  runnerModule,
}: StartOptions): Promise<void> {
  const metrics = createWorkerMetrics();
  if (config.METRICS_PORT !== undefined) {
    const server = await serveMetrics(metrics.registry, {
      host: config.METRICS_HOST,
      port: config.METRICS_PORT,
      logger,
    });
    lifecycle.onClose('metrics', () => server.close());
  }
  const jobs = openJobs(config, { failFast: false, name: 'packshot-worker' });
  lifecycle.onClose('jobs', () => jobs.close());
  const { store, queues, backlog } = jobs;
  logOutages(store.redis, 'redis', logger);
  // The queues repeat the errors of the connection they share.
  for (const queue of [queues.items, queues.webhooks]) queue.on('error', () => {});
  await waitForRedis(store.redis, REDIS_WAIT_MS);
  const connection = connectRedis(config, { failFast: false, name: 'packshot-worker-queues' });
  lifecycle.onClose('queue connection', () => connection.disconnect());
  logOutages(connection, 'redis of the queues', logger);

  const storage = measureStore(await createObjectStore(config), metrics.observeStorage);
  lifecycle.onClose('storage', () => storage.close());
  const [{ findings }, access] = await Promise.all([checkRedis(store), checkAccess(storage)]);
  reportFindings([...findings, ...access], { logger, lenient: config.REDIS_CHECKS === 'warn' });
  const sources = createSourceReader(config);
  lifecycle.onClose('sources', () => sources.close());
  const spool = await openSpool(config.SPOOL_DIR);
  lifecycle.onClose('spool', () => spool.close());

  const modelsAsked = await configuredModels(config);
  const overflow = gpuOverflow(config, logger);
  if (overflow) lifecycle.onClose('gpu watch', () => overflow.gpus.close());
  const engines = new EnginePool({
    ...engineOptions({ config, logger, onHopeless, runnerModule }, modelsAsked),
    observer: metrics.engines,
    devices: devicesOf(config.CUDA_DEVICES),
    ...(overflow && { overflow }),
  });
  lifecycle.onClose('engines', () => engines.close());
  await engines.start();

  const signer = createLinkSigner(() => signingSecret(store));
  const links = createFileLinks({ signer, storage, lifetimeSeconds: config.LINK_SECONDS });
  const outbox = new OutboxSender(store, queues, links, (error) =>
    logger.warn('webhooks are left to tending', { error }),
  );
  lifecycle.onClose('outbox', () => outbox.close());
  const embeddings = {
    maxBytes: config.EMBEDDINGS_MAX_MB * MIB,
    maxAgeMs: config.EMBEDDINGS_HOURS * 3_600_000,
  };
  const sweeping = startSweeping({ store, queues, links, storage, embeddings, logger }, SWEEP_MS);
  lifecycle.onClose('sweeper', () => sweeping.close());
  const tending = tendRegularly(store, queues, links, {
    intervalMs: TEND_MS,
    onTended: (done) => logger.info('tended', done),
    onJobEnded: (job) => logger.info('job ended', jobFacts(job)),
    onError: (error) => logger.error('tending failed', { error }),
  });
  lifecycle.onClose('tending', tending.close);
  const queueOptions = {
    connection,
    prefix: store.keys.bullPrefix,
    lockMs: config.LOCK_SECONDS * 1000,
    stalledIntervalMs: config.STALLED_INTERVAL_SECONDS * 1000,
  };
  const webhooks = consumeWebhooks({
    ...queueOptions,
    store,
    logger,
    onOutcome: metrics.countDelivery,
    secrets: config.WEBHOOK_SECRET ?? [],
    allowHosts: config.ALLOW_PRIVATE_HOSTS,
    userAgent: `Packshot/${version()}`,
  });
  lifecycle.onClose('webhooks', () => webhooks.close());

  const engineCount = Math.max(1, config.CUDA_DEVICES.length) + (overflow ? 1 : 0);
  const concurrency = config.WORKER_CONCURRENCY * engineCount;
  let items: ItemConsumer | undefined;
  const heartbeat = startHeartbeat({
    store,
    engines,
    logger,
    identity: {
      id: `worker_${randomUUID()}`,
      host: hostname(),
      pid: process.pid,
      version: version(),
      started_at: new Date().toISOString(),
      concurrency,
    },
    providers: config.PROVIDERS,
    models: { asked: modelsAsked, limitBytes: config.MODELS_MEMORY_MB * MIB },
    catalogue: () => readCatalogue(modelPlaces(config)),
    busy: () => items?.busy ?? 0,
    intervalMs: HEARTBEAT_MS,
  });
  lifecycle.onClose('heartbeat', () => heartbeat.close());

  const context: ItemContext = {
    ...{ store, backlog, outbox, storage, sources, engines, spool, logger, metrics },
    rules: itemRules(config),
  };
  items = consumeItems(context, {
    ...queueOptions,
    concurrency,
  });
  const consumer = items;
  metrics.watch({
    ready: () => !lifecycle.leaving.aborted,
    busy: () => consumer.busy,
    engineRssBytes: () => engines.facts().rssBytes,
  });
  lifecycle.onClose('items', () => {
    heartbeat.draining();
    return consumer.close(config.DRAIN_SECONDS * 1000);
  });
}

function engineOptions(
  { config, logger, onHopeless, runnerModule }: Omit<StartOptions, 'lifecycle'>,
  required: string[],
) {
  return {
    engine: {
      load: {
        ...modelPlaces(config),
        required,
        providers: config.PROVIDERS,
        threads: config.THREADS,
        limits: imageLimits(config),
        modelMemoryBytes: config.MODELS_MEMORY_MB * MIB,
      },
      env: engineEnvironment(),
      ...(runnerModule !== undefined && { runnerModule }),
    },
    slots: config.WORKER_CONCURRENCY,
    memory: {
      limitBytes: config.ENGINE_RSS_LIMIT_MB === undefined ? null : config.ENGINE_RSS_LIMIT_MB * MIB,
      machineBytes: memoryLimit(),
    },
    logger,
    onHopeless,
  };
}

function modelPlaces(config: WorkerConfig) {
  return { modelsDir: config.MODELS_DIR, storeDir: resolve(config.MODELS_STORE) };
}

function gpuOverflow({ GPU_BUSY_FRACTION: busyFraction }: WorkerConfig, logger: Logger): PoolOptions['overflow'] {
  return busyFraction === undefined ? undefined : { busyFraction, gpus: watchGpus(logger) };
}

function itemRules(config: WorkerConfig): ItemContext['rules'] {
  const limits = imageLimits(config);
  return {
    fetch: {
      maxBytes: limits.maxFileBytes,
      timeoutMs: config.MAX_DOWNLOAD_SECONDS * 1000,
      allowHosts: config.ALLOW_PRIVATE_HOSTS,
    },
    time: {
      baseMs: config.ITEM_TIMEOUT_BASE_SECONDS * 1000,
      factor: config.ITEM_TIMEOUT_FACTOR,
      quietMs: config.PROGRESS_TIMEOUT_SECONDS * 1000,
      maxInputPixels: limits.maxInputPixels,
    },
    attempts: config.ITEM_ATTEMPTS,
    keepEmbeddings: config.EMBEDDINGS_MAX_MB > 0,
  };
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
