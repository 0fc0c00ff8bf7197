import { isRedisAway, jobFacts, tendRegularly } from '@packshot/jobs';
import { ConfigError, createLogger, Lifecycle, StartRefused } from '@packshot/service';
import { createApp } from './app';
import { needsCredentials } from './auth/config';
import { isLoopback } from './auth/loopback';
import { loadApiConfig } from './config';
import { openDeps } from './deps';
import { checkBackends } from './health/check-backends';
import { listen, listenOptions } from './http/listen';

/** So long is waited for Redis before requests are taken without it. */
const REDIS_START_MS = 3_000;
const TEND_MS = 5_000;

async function main(): Promise<void> {
  const config = loadApiConfig();
  const logger = createLogger({ name: 'api', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const lifecycle = new Lifecycle(logger);
  lifecycle.handleSignals({
    delayMs: config.SHUTDOWN_DELAY_SECONDS * 1000,
    budgetMs: config.SHUTDOWN_SECONDS * 1000,
  });
  if (!isLoopback(config.HOST) && !needsCredentials(config)) {
    logger.warn('ANYONE WHO REACHES THIS ADDRESS CAN USE IT: there are neither keys nor an issuer of tokens', {
      host: config.HOST,
    });
  }
  if (config.ALLOW_PRIVATE_HOSTS.length > 0) {
    logger.warn('URLS OF USERS MAY POINT TO PRIVATE HOSTS', { hosts: config.ALLOW_PRIVATE_HOSTS });
  }
  const deps = await openDeps(config, logger, lifecycle);
  await checkBackends(deps, REDIS_START_MS);
  const tending = tendRegularly(deps.jobs.store, deps.jobs.queues, deps.links, {
    intervalMs: TEND_MS,
    onTended: (done) => logger.info('tended', done),
    onJobEnded: (job) => logger.info('job ended', jobFacts(job)),
    // That it is away is logged where the connection is.
    onError: (error) => logger.log(isRedisAway(error) ? 'debug' : 'error', 'tending failed', { error }),
  });
  lifecycle.onClose('tending', tending.close);
  const server = await listen(createApp(deps), listenOptions(config));
  lifecycle.onClose('server', server.close);
  lifecycle.onClose('waiting readers', () => deps.changes.stop());
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
  console.log(`packshot api listening on http://${host}:${server.port}`);
  // A parent that is gone by now is noticed as such; that it cannot be told is no fault of its own.
  process.send?.({ type: 'ready', port: server.port }, undefined, undefined, () => {});
}

main().catch((error: unknown) => {
  // Before the log is set up, or because of what it was set up with.
  console.error(error instanceof ConfigError || error instanceof StartRefused ? error.message : error);
  process.exit(1);
});
