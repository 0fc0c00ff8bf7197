import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppError, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import type { RunReport } from '@packshot/pipeline';
import { createLogger } from '@packshot/service';
import type { EngineItem } from '../engine/engine-item';
import { EngineHost } from '../engine/host';
import type { EngineHostOptions } from '../engine/host-options';
import { type JournalEntry, PATIENCE_MS, SCRIPTED_RUNNER, type Script, scripted } from './workbench';

/** Models that an engine of these tests holds. */
export const ROOM = 2;

const limits = { maxFileBytes: 1e6, maxInputPixels: 1e6, maxInputSide: 1e3, maxOutputPixels: 1e6 };

/** Engines with the scripted runner, without queue and store; a folder and engines of its own for each test. */
export function hostBench() {
  let folder: string;
  let items = 0;
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packshot-host-'));
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await rm(folder, { recursive: true });
  });

  const path = (name: string) => join(folder, name);

  function options(given: Partial<EngineHostOptions> = {}): EngineHostOptions {
    const logger = createLogger({ name: 'test', level: 'error', format: 'text' });
    logger.silent = true;
    return {
      engine: {
        load: {
          ...{ modelsDir: folder, storeDir: folder, providers: ['cpu'], threads: 1, limits },
          ...{ modelMemoryBytes: ROOM, required: [] },
        },
        env: {},
        runnerModule: SCRIPTED_RUNNER,
      },
      slots: 2,
      memory: { limitBytes: 2 ** 30, machineBytes: 2 ** 34 },
      logger,
      onHopeless: (error) => {
        throw error;
      },
      ...given,
    };
  }

  async function start(given: Partial<EngineHostOptions> = {}): Promise<EngineHost> {
    const host = new EngineHost(options(given));
    closers.push(() => host.close());
    await host.start();
    return host;
  }

  /** For the scripted runner. */
  function itemOf(script: Script, given: Partial<EngineItem> = {}): Promise<EngineItem> {
    return fileItem(scripted({ journal: path('journal'), ...script }), given);
  }

  async function fileItem(file: Buffer, given: Partial<EngineItem> = {}): Promise<EngineItem> {
    const id = `item-${++items}`;
    await writeFile(path(id), file);
    return {
      id,
      inputPath: path(id),
      outputDir: folder,
      owner: 'test',
      pipeline: resolvePipeline(pipelineSchema.parse({})),
      limits: () => ({ timeoutMs: PATIENCE_MS, progressTimeoutMs: PATIENCE_MS }),
      alone: false,
      watermark: false,
      signal: new AbortController().signal,
      onProgress: () => {},
      ...given,
    };
  }

  return {
    path,
    options,
    start,
    itemOf,
    fileItem,
    onClose: (close: () => Promise<void>) => void closers.push(close),
    release: (name: string) => writeFile(path(name), ''),

    /** What the scripted runner did, in order. */
    journal(): JournalEntry[] {
      const file = path('journal');
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
      return lines.map((line) => JSON.parse(line) as JournalEntry);
    },
  };
}

/** `done`, or the code it was rejected with. */
export function outcome(run: Promise<RunReport>): Promise<string> {
  return run.then(
    () => 'done',
    (error: AppError) => error.code,
  );
}
