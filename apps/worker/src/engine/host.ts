import { AppError, type ErrorCode, type Pipeline } from '@packshot/contracts';
import type { RunnerInfo, RunReport } from '@packshot/pipeline';
import type { Logger } from '@packshot/service';
import { type EngineExit, EngineProcess, type EngineProcessOptions, engineError } from './engine-process';
import { ItemWatch } from './item-watch';
import type { FromEngine } from './protocol';

export interface EngineItem {
  id: string;
  inputPath: string;
  outputDir: string;
  /** Where embeddings of its photo lie, and new ones are to. */
  embeddingsDir?: string;
  /** Whose photo it is. */
  owner: string;
  pipeline: Pipeline;
  watermark: boolean;
  /** Its time limit in the engine, in milliseconds; waiting for a place does not count. */
  timeoutMs: number;
  /** How long it may make no progress there. */
  progressTimeoutMs: number;
  /** Nothing else may be in the engine with it. */
  alone: boolean;
  signal: AbortSignal;
  /** `fraction` 0..1 of the item's work in the engine. */
  onProgress(progress: { stage: string; fraction: number }): void;
}

/**
 * Why an engine was replaced: it died; it, or an item in it, took too much memory; an item was overdue; or it had a fault that
 * nobody foresaw.
 */
export type RestartReason = 'crashed' | 'memory' | 'overdue' | 'fault';

/** Told of what happens to engines, for metrics. */
export interface EngineObserver {
  restarted(reason: RestartReason): void;
  /** Its models are loaded, so many seconds after its start. */
  loaded(seconds: number): void;
}

export interface EngineHostOptions {
  engine: Omit<EngineProcessOptions, 'startTimeoutMs'> & { startTimeoutMs?: number };
  /** Items inside at a time. */
  slots: number;
  /** Past it the engine is replaced as soon as it is empty; past half as much again it is killed. */
  rssLimitBytes: number;
  logger: Logger;
  observer?: EngineObserver;
  /** The engine does not start any more, however often it is tried. */
  onHopeless(error: AppError): void;
}

interface Guest {
  item: EngineItem;
  resolve(report: RunReport): void;
  reject(error: unknown): void;
  watch?: ItemWatch;
  onAbort?: () => void;
}

type State = 'stopped' | 'starting' | 'serving' | 'emptying' | 'waiting' | 'closed';

const START_TIMEOUT_MS = 120_000;
const MEMORY_CHECK_MS = 1000;
const HARD_LIMIT_FACTOR = 1.5;
const MOST_FAILED_STARTS = 5;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Supervises the engine process of one device. Items wait in line, in order, until the engine has a place.
 *
 *   stopped ─start()─▶ starting ─loaded─▶ serving ─too much memory, an unforeseen fault, a kill─▶ emptying
 *                        ▲  │                │ died                                                  │ last item out,
 *             pause over │  │ did not load   ▼                                                       │ or killed
 *                        └──┴───────────▶ waiting ◀──────────────────────────────────────────────────┘
 *   any ─close()─▶ closed
 *
 * What becomes of the items inside when the engine dies:
 * - It crashed: nobody knows which item did it, so all are suspects (`engine_crashed`). The caller counts that and runs
 *   each of them alone; a second crash then names the culprit, and the innocent ones succeed.
 * - An item was overdue and alone: it is `timed_out`. It was overdue in company: the one that hangs may be another, since
 *   all share one inference thread, so all get `engine_restarted` and are to be run alone; that costs them nothing.
 * - It was killed for its memory: `out_of_memory` for an item alone, else suspects as in a crash.
 * A deliberate restart waits until the engine is empty.
 */
export class EngineHost {
  private state: State = 'stopped';
  private engine: EngineProcess | null = null;
  private runnerInfo: RunnerInfo | null = null;
  private readonly inside = new Map<string, Guest>();
  private readonly line: Guest[] = [];
  /** Why this host killed the engine; null when it died by itself. */
  private verdict: ErrorCode | null = null;
  /** Why this host wants another engine; null when it does not. */
  private discontent: RestartReason | null = null;
  private failedStarts = 0;
  private deathsInARow = 0;
  private starts = 0;
  private pause: NodeJS.Timeout | undefined;
  private readonly memoryCheck: NodeJS.Timeout;

  constructor(private readonly options: EngineHostOptions) {
    this.memoryCheck = setInterval(() => this.killIfHuge(), MEMORY_CHECK_MS);
    this.memoryCheck.unref();
  }

  /** Resolves when the models are loaded. Rejects with the reason when they cannot be: the first start is not repeated. */
  async start(): Promise<RunnerInfo> {
    try {
      return await this.launch();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get info(): RunnerInfo | null {
    return this.runnerInfo;
  }

  /** Items inside and in line. */
  get load(): number {
    return this.inside.size + this.line.length;
  }

  facts(): { pid: number | null; restarts: number; rssBytes: number | null } {
    const pid = this.engine?.pid ?? null;
    return { pid, restarts: Math.max(0, this.starts - 1), rssBytes: this.engine?.rssBytes() ?? null };
  }

  /**
   * Runs an item when its turn comes. Rejects with the pipeline's own errors, or `timed_out`, `out_of_memory`,
   * `engine_crashed` (a suspect, perhaps innocent), `engine_restarted` (not at fault; run it alone), `canceled` (aborted).
   */
  run(item: EngineItem): Promise<RunReport> {
    if (this.state === 'closed') return Promise.reject(new AppError('engine_restarted'));
    if (item.signal.aborted) return Promise.reject(new AppError('canceled'));
    return new Promise((resolve, reject) => {
      const guest: Guest = { item, resolve, reject };
      guest.onAbort = () => this.abort(guest);
      item.signal.addEventListener('abort', guest.onAbort, { once: true });
      this.line.push(guest);
      this.admit();
    });
  }

  /** Ends the engine at once; items inside and in line get `engine_restarted`. Resolves when the process is gone. */
  async close(): Promise<void> {
    this.state = 'closed';
    clearInterval(this.memoryCheck);
    clearTimeout(this.pause);
    const { engine } = this;
    engine?.kill();
    await engine?.exited;
    for (const guest of [...this.inside.values(), ...this.line.splice(0)]) {
      this.leave(guest);
      guest.reject(new AppError('engine_restarted'));
    }
  }

  private async launch(): Promise<RunnerInfo> {
    this.state = 'starting';
    this.starts += 1;
    this.verdict = null;
    this.discontent = null;
    const begun = performance.now();
    const engine = new EngineProcess({ startTimeoutMs: START_TIMEOUT_MS, ...this.options.engine }, (message) =>
      this.hear(engine, message),
    );
    this.engine = engine;
    void engine.exited.then((exit) => this.mourn(engine, exit));
    const info = await engine.loaded;
    if (this.engine !== engine) throw new AppError('backend_unavailable', 'The engine died as soon as it was ready.');
    this.failedStarts = 0;
    this.options.observer?.loaded((performance.now() - begun) / 1000);
    this.runnerInfo = info;
    this.state = 'serving';
    this.options.logger.info('engine ready', { pid: engine.pid, provider: info.provider, start: this.starts });
    this.admit();
    return info;
  }

  private relaunch(pauseMs: number): void {
    this.state = 'waiting';
    this.pause = setTimeout(() => {
      this.launch().catch((error: unknown) => {
        if (this.state === 'closed') return;
        this.failedStarts += 1;
        this.options.logger.error('engine did not start', { error, failed_starts: this.failedStarts });
        if (this.failedStarts >= MOST_FAILED_STARTS) this.options.onHopeless(AppError.from(error));
        else this.relaunch(pauseAfter(this.failedStarts + 1));
      });
    }, pauseMs);
  }

  /** Lets in whoever is first in line, as long as there is room and nobody who has to be alone is in the way. */
  private admit(): void {
    const { engine } = this;
    while (this.state === 'serving' && engine !== null) {
      const [next] = this.line;
      if (!next || this.inside.size >= this.options.slots) return;
      const guests = [...this.inside.values()];
      if (guests.length > 0 && (next.item.alone || guests.some(({ item }) => item.alone))) return;
      this.line.shift();
      this.enter(engine, next);
    }
  }

  private enter(engine: EngineProcess, guest: Guest): void {
    const { id, inputPath, outputDir, embeddingsDir, owner, pipeline, watermark } = guest.item;
    this.inside.set(id, guest);
    guest.watch = new ItemWatch(guest.item, (why) => this.killOverdue(engine, guest, why));
    engine.send({ kind: 'run', id, inputPath, outputDir, embeddingsDir, owner, pipeline, watermark });
  }

  private leave(guest: Guest): void {
    guest.watch?.end();
    if (guest.onAbort) guest.item.signal.removeEventListener('abort', guest.onAbort);
    if (this.inside.get(guest.item.id) === guest) this.inside.delete(guest.item.id);
  }

  private abort(guest: Guest): void {
    const place = this.line.indexOf(guest);
    if (place < 0) return void this.engine?.send({ kind: 'abort', id: guest.item.id });
    this.line.splice(place, 1);
    guest.reject(new AppError('canceled'));
    this.admit();
  }

  private hear(engine: EngineProcess, message: Extract<FromEngine, { id: string }>): void {
    const guest = this.inside.get(message.id);
    if (engine !== this.engine || !guest) return;
    if (message.kind === 'progress') {
      guest.watch?.progress(message.fraction);
      guest.item.onProgress({ stage: message.stage, fraction: message.fraction });
      return;
    }
    this.leave(guest);
    let doubtful = false;
    if (message.kind === 'done') {
      this.deathsInARow = 0;
      guest.resolve(message.report);
    } else {
      // Nobody knows in what state an unforeseen fault left it.
      doubtful = message.error.code === 'internal_error';
      guest.reject(engineError(message));
    }
    this.replaceIfSpent(engine, doubtful);
    this.admit();
  }

  private replaceIfSpent(engine: EngineProcess, doubtful: boolean): void {
    const rssBytes = engine.rssBytes() ?? 0;
    if (this.state === 'serving' && (doubtful || rssBytes > this.options.rssLimitBytes)) {
      this.state = 'emptying';
      this.discontent = doubtful ? 'fault' : 'memory';
      this.options.logger.info('engine will be replaced', { pid: engine.pid, rss_bytes: rssBytes, doubtful });
    }
    if (this.state === 'emptying' && this.inside.size === 0) engine.kill();
  }

  private killOverdue(engine: EngineProcess, guest: Guest, why: string): void {
    if (engine !== this.engine) return;
    this.options.logger.warn('engine killed: an item is overdue', {
      item: guest.item.id,
      why,
      inside: this.inside.size,
    });
    this.kill(this.inside.size === 1 ? 'timed_out' : 'engine_restarted', 'overdue');
  }

  private killIfHuge(): void {
    const rssBytes = this.engine?.rssBytes() ?? 0;
    if (rssBytes <= this.options.rssLimitBytes * HARD_LIMIT_FACTOR || this.inside.size === 0) return;
    this.options.logger.warn('engine killed: too much memory', { rss_bytes: rssBytes, inside: this.inside.size });
    this.kill(this.inside.size === 1 ? 'out_of_memory' : 'engine_crashed', 'memory');
  }

  /** The verdict is for those inside now: nobody else is let in until the engine is a new one. */
  private kill(verdict: ErrorCode, reason: RestartReason): void {
    this.verdict ??= verdict;
    this.discontent ??= reason;
    this.state = 'emptying';
    this.engine?.kill();
  }

  private mourn(engine: EngineProcess, { code, signal }: EngineExit): void {
    if (engine !== this.engine || this.state === 'closed') return;
    const before = this.state;
    const guests = [...this.inside.values()];
    const crashed = before !== 'emptying' || guests.length > 0;
    this.engine = null;
    this.options.observer?.restarted(this.discontent ?? 'crashed');
    this.deathsInARow = crashed ? this.deathsInARow + 1 : 0;
    if (crashed) this.options.logger.warn('engine died', { pid: engine.pid, code, signal, inside: guests.length });
    // While starting, whoever called `launch` learns of it from there and decides.
    if (before !== 'starting') this.relaunch(pauseAfter(this.deathsInARow));
    for (const guest of guests) {
      this.leave(guest);
      guest.reject(new AppError(this.verdict ?? 'engine_crashed'));
    }
  }
}

/** No pause after the first death, then a quarter of a second, doubling. */
function pauseAfter(deathsInARow: number): number {
  return deathsInARow <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, 250 * 2 ** (deathsInARow - 2));
}
