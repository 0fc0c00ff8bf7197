import { ConfigError, createLogger, Lifecycle } from '@packshot/service';
import { readConfig, type WorkerConfig } from './config';
import { startWorker } from './start-worker';

/** Time for closing connections after the drain. */
const CLOSE_BUDGET_MS = 10_000;

/** Starts a worker; `{ type: 'ready' }` goes to the parent process, if there is one, when it takes items. */
async function main(config: WorkerConfig): Promise<void> {
  const logger = createLogger({ name: 'worker', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const lifecycle = new Lifecycle(logger);
  lifecycle.handleSignals({ budgetMs: config.DRAIN_SECONDS * 1000 + CLOSE_BUDGET_MS });
  const fail = async (message: string, error: unknown) => {
    logger.error(message, { error });
    await lifecycle.close();
    process.exit(1);
  };
  try {
    // argv[2]: another module with `createRunner`; see start-worker.ts.
    const [, , runnerModule] = process.argv;
    await startWorker({
      config,
      logger,
      lifecycle,
      onHopeless: (error) => void fail('the engine does not start any more', error),
      ...(runnerModule !== undefined && { runnerModule }),
    });
    logger.info('ready', { pid: process.pid });
    process.send?.({ type: 'ready' });
  } catch (error) {
    await fail('the worker cannot start', error);
  }
}

try {
  void main(readConfig());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
