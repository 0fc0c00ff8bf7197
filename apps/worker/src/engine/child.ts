import { setPriority } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '@packshot/contracts';
import type { ModelSetFull, Runner, RunnerOptions } from '@packshot/pipeline';
import { type FromEngine, type LoadOptions, type ToEngine, toEngine } from './protocol';

/**
 * The engine process: one runner, its models loaded once, running whatever the worker sends until the worker goes away.
 * It decides nothing: time, memory, retries and who shares it are the host's business (host.ts).
 *
 * argv[2] names the module that has `createRunner` and what its runners throw.
 */
interface RunnerModule {
  createRunner(options: RunnerOptions): Promise<Runner>;
  ModelSetFull: typeof ModelSetFull;
}

const STATS_INTERVAL_MS = 1000;

/** Computing yields to the worker's event loop, which renews locks, and to the API and Redis where they share a machine. */
const NICENESS = 5;
// Before the first thread is started: threads inherit it.
setPriority(NICENESS);

let runners: RunnerModule | undefined;
let runner: Runner | undefined;
/** The loaded models as the worker knows them. */
let toldModels = '';
const running = new Map<string, AbortController>();

function send(message: FromEngine): void {
  // A channel that has just closed is no fault: its 'disconnect' ends this process.
  process.send?.(message, undefined, undefined, () => {});
}

async function load(options: LoadOptions): Promise<void> {
  try {
    runners = (await import(process.argv[2] ?? '@packshot/pipeline')) as RunnerModule;
    runner = await runners.createRunner(options);
    const info = runner.info();
    toldModels = JSON.stringify(info.models);
    send({ kind: 'loaded', info });
  } catch (error) {
    send({ kind: 'unloadable', error: AppError.from(error).toItemError(), detail: describe(error) });
  }
}

async function run(message: Extract<ToEngine, { kind: 'run' }>): Promise<void> {
  const { id, inputPath, outputDir, embeddingsDir, backgroundPath, owner, pipeline, watermark, notes } = message;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    if (!runner) throw new Error('an item came before the models');
    const report = await runner.run({
      inputPath,
      outputDir,
      ...(embeddingsDir !== undefined && { embeddingsDir }),
      ...(backgroundPath !== undefined && { backgroundPath }),
      owner,
      pipeline,
      watermark,
      notes,
      signal: controller.signal,
      onProgress: ({ stage, fraction }) => send({ kind: 'progress', id, stage, fraction }),
    });
    tellModels();
    send({ kind: 'done', id, report });
  } catch (error) {
    tellModels();
    if (runners && error instanceof runners.ModelSetFull) {
      send({ kind: 'needs_models', id, models: [...error.models] });
    } else {
      send({ kind: 'failed', id, error: AppError.from(error).toItemError(), detail: describe(error) });
    }
  } finally {
    running.delete(id);
  }
}

function tellModels(): void {
  const info = runner?.info();
  const models = JSON.stringify(info?.models);
  if (!info || models === toldModels) return;
  toldModels = models;
  send({ kind: 'info', info });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\ncaused by ${describe(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** At once and for certain: native threads may be busy, and nobody waits for their work. */
function vanish(): void {
  process.kill(process.pid, 'SIGKILL');
}

process.on('message', (value) => {
  const message = toEngine.parse(value);
  if (message.kind === 'load') void load(message);
  else if (message.kind === 'run') void run(message);
  else running.get(message.id)?.abort();
});

// A dead worker closes the channel. While JavaScript is busy here that goes unseen, so a thread watches as well.
process.on('disconnect', vanish);
new Worker(join(__dirname, 'orphan-guard.js'), { workerData: { parentPid: process.ppid } }).unref();

// Ctrl-C reaches the whole process group; when to stop is the worker's decision.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

setInterval(() => {
  send({ kind: 'stats', rssBytes: process.memoryUsage.rss() });
  // An item that runs may have loaded some: its memory is not to be taken for a leak.
  tellModels();
}, STATS_INTERVAL_MS).unref();
