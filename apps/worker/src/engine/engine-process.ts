import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { AppError, type ItemError } from '@packshot/contracts';
import type { RunnerInfo } from '@packshot/pipeline';
import { type FromEngine, fromEngine, type LoadOptions, type ToEngine } from './protocol';
import { residentBytes } from './resident-memory';

export interface EngineProcessOptions {
  load: LoadOptions;
  env: Record<string, string>;
  /** Module with `createRunner`. Default: the pipeline package. */
  runnerModule?: string;
  startTimeoutMs: number;
}

export interface EngineExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What an engine says once it is loaded. */
export type EngineMessage = Extract<FromEngine, { id: string } | { kind: 'info' }>;

/** What an engine said of a failure, with the stack it had over there as the cause's. */
export function engineError({ error, detail }: { error: ItemError; detail: string }): AppError {
  const cause = new Error('in the engine');
  cause.stack = detail;
  return new AppError(error.code, error.message, { cause });
}

/** Node runs compiled files only; under a TypeScript loader (tests) that is the build's output. */
function childFile(): string {
  const folder = __filename.endsWith('.ts') ? join(__dirname, '../../dist/engine') : __dirname;
  return join(folder, 'child.js');
}

/** One engine process, from its start to its end. Restarting is the host's business. */
export class EngineProcess {
  /** Rejects with the reason when the models cannot be loaded in time; the process is ended then. */
  readonly loaded: Promise<RunnerInfo>;
  /** Never rejects. */
  readonly exited: Promise<EngineExit>;
  private readonly child: ChildProcess;
  private reportedRssBytes: number | null = null;

  constructor(options: EngineProcessOptions, onMessage: (message: EngineMessage) => void) {
    this.child = fork(childFile(), options.runnerModule === undefined ? [] : [options.runnerModule], {
      env: options.env,
      execArgv: [],
      // What native libraries print goes to our log stream; standard output stays ours.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.exited = new Promise((resolve) => {
      this.child.once('error', () => resolve({ code: null, signal: null }));
      this.child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.loaded = new Promise<RunnerInfo>((resolve, reject) => {
      const fail = (error: AppError) => {
        clearTimeout(timer);
        this.kill();
        reject(error);
      };
      const timer = setTimeout(() => {
        fail(new AppError('backend_unavailable', `The engine was not ready after ${options.startTimeoutMs} ms.`));
      }, options.startTimeoutMs);
      void this.exited.then(({ code, signal }) =>
        fail(new AppError('backend_unavailable', `The engine ended while starting (${signal ?? code}).`)),
      );
      this.child.on('message', (value) => {
        const message = fromEngine.parse(value);
        if (message.kind === 'loaded') {
          clearTimeout(timer);
          resolve(message.info);
        } else if (message.kind === 'unloadable') {
          fail(engineError(message));
        } else if (message.kind === 'stats') {
          this.reportedRssBytes = message.rssBytes;
        } else {
          onMessage(message);
        }
      });
    });
    this.loaded.catch(() => {});
    this.send({ kind: 'load', ...options.load });
  }

  get pid(): number | null {
    return this.child.pid ?? null;
  }

  /** Resident memory in bytes: the kernel's figure now, or what the engine last said of itself. */
  rssBytes(): number | null {
    return (this.child.pid === undefined ? null : residentBytes(this.child.pid)) ?? this.reportedRssBytes;
  }

  send(message: ToEngine): void {
    // A send that fails means the process is ending, and `exited` tells that.
    if (this.child.connected) this.child.send(message, () => {});
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
