import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppError, imageLimits } from '@packshot/contracts';
import { connectRedis, evictionPolicy, openJobs, waitForRedis } from '@packshot/jobs';
import type { Lifecycle, Logger } from '@packshot/service';
import { createObjectStore } from '@packshot/storage';
import { engineEnvironment, type WorkerConfig } from './config';
import { consumeItems, type ItemConsumer } from './consume-items';
import { consumeWebhooks } from './consume-webhooks';
import { devicesOf, EnginePool } from './engine/pool';
import { startHeartbeat } from './heartbeat';
import type { ItemContext } from './item-context';
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

const REDIS_WAIT_MS = 30_000;
const HEARTBEAT_MS = 5000;
const SWEEP_MS = 30_000;

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
  const jobs = openJobs(config, { failFast: false, name: 'packshot-worker' });
  lifecycle.onClose('jobs', () => jobs.close());
  const { store, queues } = jobs;
  await waitForRedis(store.redis, REDIS_WAIT_MS);
  const policy = await evictionPolicy(store.redis);
  if (policy !== null && policy !== 'noeviction') {
    throw new AppError(
      'backend_unavailable',
      `Redis may evict keys (maxmemory-policy ${policy}): set it to noeviction.`,
    );
  }
  const connection = connectRedis(config.REDIS_URL, { failFast: false, name: 'packshot-worker-queues' });
  lifecycle.onClose('queue connection', () => connection.disconnect());
  for (const source of [connection, store.redis, queues.items, queues.webhooks]) {
    source.on('error', (error: Error) => logger.warn('redis', { error }));
  }

  const storage = await createObjectStore(config);
  lifecycle.onClose('storage', () => storage.close());
  const spool = await openSpool(config.SPOOL_DIR);
  lifecycle.onClose('spool', () => spool.close());

  const engines = new EnginePool(
    engineOptions(config, logger, onHopeless, runnerModule),
    devicesOf(config.CUDA_DEVICES),
  );
  lifecycle.onClose('engines', () => engines.close());
  await engines.start();

  const sweeping = startSweeping({ store, queues, storage, logger }, SWEEP_MS);
  lifecycle.onClose('sweeper', () => sweeping.close());
  const queueOptions = {
    connection,
    prefix: store.keys.bullPrefix,
    lockMs: config.LOCK_SECONDS * 1000,
    stalledIntervalMs: config.STALLED_INTERVAL_SECONDS * 1000,
  };
  if (config.WEBHOOK_SECRET === undefined) {
    logger.warn(
      'WEBHOOK_SECRET is not set: this worker sends no webhooks, they wait in their queue for one that has it',
    );
  } else {
    const webhooks = consumeWebhooks({
      ...queueOptions,
      logger,
      secret: config.WEBHOOK_SECRET,
      allowHosts: config.ALLOW_PRIVATE_HOSTS,
    });
    lifecycle.onClose('webhooks', () => webhooks.close());
  }

  const concurrency = config.WORKER_CONCURRENCY * Math.max(1, config.CUDA_DEVICES.length);
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
    busy: () => items?.busy ?? 0,
    intervalMs: HEARTBEAT_MS,
  });
  lifecycle.onClose('heartbeat', () => heartbeat.close());

  const context: ItemContext = { store, queues, storage, engines, spool, logger, rules: itemRules(config) };
  items = consumeItems(context, {
    ...queueOptions,
    concurrency,
    onDropped: async (jobId) => void (await store.redis.sadd(store.keys.unqueued, jobId)),
  });
  const consumer = items;
  lifecycle.onClose('items', () => {
    heartbeat.draining();
    return consumer.close(config.DRAIN_SECONDS * 1000);
  });
}

function engineOptions(
  config: WorkerConfig,
  logger: Logger,
  onHopeless: (error: AppError) => void,
  runnerModule: string | undefined,
) {
  return {
    engine: {
      load: {
        modelsDir: config.MODELS_DIR,
        providers: config.PROVIDERS,
        threads: config.THREADS,
        limits: imageLimits(config),
      },
      env: engineEnvironment(),
      ...(runnerModule !== undefined && { runnerModule }),
    },
    slots: config.WORKER_CONCURRENCY,
    rssLimitBytes: config.ENGINE_RSS_LIMIT_MB * 2 ** 20,
    logger,
    onHopeless,
  };
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
  };
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
