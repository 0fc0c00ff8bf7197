import { waitForRedis } from '@packshot/jobs';
import { ConfigError, createLogger, Lifecycle } from '@packshot/service';
import { createApp } from './app';
import { isLoopback, loadApiConfig } from './config';
import { openDeps } from './deps';
import { listen } from './http/listen';

/** Requests in flight are finished within this after a signal. */
const SHUTDOWN_MS = 25_000;
/** So long is waited for Redis before requests are taken without it. */
const REDIS_START_MS = 3_000;

async function main(): Promise<void> {
  const config = loadApiConfig();
  const logger = createLogger({ name: 'api', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const lifecycle = new Lifecycle(logger);
  lifecycle.handleSignals({ budgetMs: SHUTDOWN_MS });
  if (!isLoopback(config.HOST) && config.API_KEYS.length === 0) {
    logger.warn('ANYONE WHO REACHES THIS ADDRESS CAN USE IT: there are no API_KEYS', { host: config.HOST });
  }
  if (config.ALLOW_PRIVATE_HOSTS.length > 0) {
    logger.warn('URLS OF USERS MAY POINT TO PRIVATE HOSTS', { hosts: config.ALLOW_PRIVATE_HOSTS });
  }
  const deps = await openDeps(config, logger, lifecycle);
  await waitForRedis(deps.jobs.store.redis, REDIS_START_MS).catch((error: unknown) => {
    logger.warn('starting without redis: requests are answered with backend_unavailable', { error });
  });
  const server = await listen(createApp(deps), { host: config.HOST, port: config.PORT });
  lifecycle.onClose('server', server.close);
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
  console.log(`packshot api listening on http://${host}:${server.port}`);
  // A parent that is gone by now is noticed as such; that it cannot be told is no fault of its own.
  process.send?.({ type: 'ready', port: server.port }, undefined, undefined, () => {});
}

main().catch((error: unknown) => {
  // Before the log is set up, or because of what it was set up with.
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
