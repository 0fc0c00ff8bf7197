import { AppError, type ErrorCode } from '@packshot/contracts';
import type { RunnerInfo, RunReport } from '@packshot/pipeline';
import type { EngineItem } from './engine-item';
import { type EngineExit, type EngineMessage, EngineProcess, engineError } from './engine-process';
import type { EngineHostOptions, RestartReason } from './host-options';
import { ItemWatch } from './item-watch';
import { type MemoryLimits, memoryLimits } from './memory-limits';
import { RecentModels } from './recent-models';
import { pauseAfter } from './restart-pause';
import { type Guest, WaitingLine } from './waiting-line';

type State = 'stopped' | 'starting' | 'serving' | 'emptying' | 'waiting' | 'closed';

const START_TIMEOUT_MS = 120_000;
const MEMORY_CHECK_MS = 1000;
const MOST_FAILED_STARTS = 5;

/**
 * Supervises the engine process of one device. Items wait in line, in order, until the engine has a place.
 *
 *   stopped ─start()─▶ starting ─loaded─▶ serving ─memory, an unforeseen fault, other models, a kill─▶ emptying
 *                        ▲  │                │ died                                                      │ last item out,
 *             pause over │  │ did not load   ▼                                                           │ or killed
 *                        └──┴───────────▶ waiting ◀──────────────────────────────────────────────────────┘
 *   any ─close()─▶ closed
 *
 * What becomes of the items inside when the engine dies:
 * - It crashed: nobody knows which item did it, so all are suspects (`engine_crashed`). The caller counts that and runs
 *   each of them alone; a second crash then names the culprit, and the innocent ones succeed.
 * - An item was overdue and alone: it is `timed_out`. It was overdue in company: the one that hangs may be another, since
 *   all share one inference thread, so all get `engine_restarted` and are to be run alone; that costs them nothing.
 * - It was killed for its memory: `out_of_memory` for an item alone, else suspects as in a crash.
 * A deliberate restart waits until the engine is empty.
 *
 * An item whose models do not fit beside the loaded ones goes back to the head of the line, and the next engine starts with
 * what it needs, then with what served last, as far as that fits. So each such restart serves at least one item: the one it is
 * for runs, or fails for good when even that engine turns it away (`model_too_large`) or dies of its models
 * (`engine_crashed`).
 */
export class EngineHost {
  private state: State = 'stopped';
  private engine: EngineProcess | null = null;
  private runnerInfo: RunnerInfo | null = null;
  private readonly inside = new Map<string, Guest>();
  private readonly line = new WaitingLine();
  private readonly recent = new RecentModels();
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

  facts(): { pid: number | null; restarts: number; rssBytes: number | null; inside: number } {
    return {
      pid: this.engine?.pid ?? null,
      restarts: Math.max(0, this.starts - 1),
      rssBytes: this.engine?.rssBytes() ?? null,
      inside: this.inside.size,
    };
  }

  /**
   * Runs an item when its turn comes. Rejects with the pipeline's own errors, or `timed_out`, `out_of_memory`, `model_too_large`,
   * `engine_crashed` (a suspect, perhaps innocent), `engine_restarted` (not at fault; run it alone), `canceled` (aborted).
   */
  run(item: EngineItem): Promise<RunReport> {
    if (this.state === 'closed') return Promise.reject(new AppError('engine_restarted'));
    if (item.signal.aborted) return Promise.reject(new AppError('canceled'));
    return new Promise((resolve, reject) => {
      const guest = this.line.join({ item, resolve, reject });
      guest.onAbort = () => this.abort(guest);
      item.signal.addEventListener('abort', guest.onAbort, { once: true });
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
    for (const guest of [...this.inside.values(), ...this.line.clear()]) {
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
    const options = { startTimeoutMs: START_TIMEOUT_MS, ...this.options.engine };
    const load = { ...options.load, ...this.chooseModels() };
    const engine = new EngineProcess({ ...options, load }, (message) => this.hear(engine, message));
    this.engine = engine;
    void engine.exited.then((exit) => this.mourn(engine, exit));
    const info = await engine.loaded;
    if (this.engine !== engine) throw new AppError('backend_unavailable', 'The engine died as soon as it was ready.');
    this.failedStarts = 0;
    this.options.observer?.loaded((performance.now() - begun) / 1000);
    this.runnerInfo = info;
    this.state = 'serving';
    const { provider, leftOut } = info;
    this.options.logger.info('engine ready', { pid: engine.pid, provider, start: this.starts, left_out: leftOut });
    this.admit();
    return info;
  }

  /** What waits comes first, then what served last. After a start that failed nobody knows which model it was. */
  private chooseModels(): { needed: string[]; modelSet: string[] } {
    const { needed, others } = this.line.wantedModels();
    const recent = this.failedStarts === 0 ? this.recent.lastFirst() : [];
    return { needed, modelSet: [...others, ...recent] };
  }

  private relaunch(pauseMs: number): void {
    this.state = 'waiting';
    this.pause = setTimeout(() => {
      this.launch().catch((error: unknown) => {
        if (this.state === 'closed') return;
        if (!this.blameServed()) this.failedStarts += 1;
        this.options.logger.error('engine did not start', { error, failed_starts: this.failedStarts });
        if (this.failedStarts >= MOST_FAILED_STARTS) this.options.onHopeless(AppError.from(error));
        else this.relaunch(pauseAfter(this.failedStarts + 1));
      });
    }, pauseMs);
  }

  /** Lets in whoever is first in line, as long as there is room and nobody who has to be alone is in the way. */
  private admit(): void {
    const { engine, runnerInfo } = this;
    while (this.state === 'serving' && engine !== null && runnerInfo !== null) {
      const next = this.line.first;
      if (!next || this.inside.size >= this.options.slots) return;
      const guests = [...this.inside.values()];
      if (guests.length > 0 && (next.item.alone || guests.some(({ item }) => item.alone))) return;
      this.line.leave(next);
      this.enter(engine, runnerInfo, next);
    }
  }

  private enter(engine: EngineProcess, info: RunnerInfo, guest: Guest): void {
    const {
      id,
      inputPath,
      outputDir,
      embeddingsDir,
      backgroundPath,
      owner,
      pipeline,
      watermark,
      notes = [],
    } = guest.item;
    this.inside.set(id, guest);
    guest.watch = new ItemWatch(guest.item.limits(info.costs), (why) => this.killOverdue(engine, guest, why));
    const files = { inputPath, outputDir, embeddingsDir, backgroundPath };
    engine.send({ kind: 'run', id, ...files, owner, pipeline, watermark, notes: [...notes] });
  }

  /** An engine that dies of the models somebody waits for would do so again: nobody else is to wait for that. */
  private blameServed(): boolean {
    const guest = this.line.takeServed();
    if (!guest) return false;
    this.leave(guest);
    guest.reject(new AppError('engine_crashed'));
    return true;
  }

  private leave(guest: Guest): void {
    guest.watch?.end();
    if (guest.onAbort) guest.item.signal.removeEventListener('abort', guest.onAbort);
    if (this.inside.get(guest.item.id) === guest) this.inside.delete(guest.item.id);
  }

  private abort(guest: Guest): void {
    if (!this.line.leave(guest)) return void this.engine?.send({ kind: 'abort', id: guest.item.id });
    guest.reject(new AppError('canceled'));
    this.admit();
  }

  private hear(engine: EngineProcess, message: EngineMessage): void {
    if (engine !== this.engine) return;
    if (message.kind === 'info') {
      this.runnerInfo = message.info;
      return;
    }
    const guest = this.inside.get(message.id);
    if (!guest) return;
    if (message.kind === 'progress') {
      guest.watch?.progress(message.fraction);
      guest.item.onProgress({ stage: message.stage, fraction: message.fraction });
      return;
    }
    let reason: RestartReason | null = null;
    if (message.kind === 'needs_models') {
      if (this.turnAway(guest, message.models)) reason = 'models';
    } else if (message.kind === 'done') {
      this.leave(guest);
      this.deathsInARow = 0;
      this.recent.serve(message.report.models.map(({ id }) => id));
      guest.resolve(message.report);
    } else {
      this.leave(guest);
      // Nobody knows in what state an unforeseen fault left it.
      if (message.error.code === 'internal_error') reason = 'fault';
      guest.reject(engineError(message));
    }
    this.replaceIfSpent(engine, reason);
    this.admit();
  }

  /** Back to its place in line, to wait for an engine with its models; false when it has had that already and is rejected. */
  private turnAway(guest: Guest, models: readonly string[]): boolean {
    if (guest.served) {
      this.leave(guest);
      guest.reject(new AppError('model_too_large', `Not all of ${models.join(', ')} can be loaded at once here.`));
      return false;
    }
    guest.watch?.end();
    this.inside.delete(guest.item.id);
    this.line.comeBack(guest, models);
    return true;
  }

  private replaceIfSpent(engine: EngineProcess, unfit: RestartReason | null): void {
    const rssBytes = engine.rssBytes() ?? 0;
    const reason = unfit ?? (rssBytes > this.limits().replace ? 'memory' : null);
    if (this.state === 'serving' && reason !== null) {
      this.state = 'emptying';
      this.discontent = reason;
      this.options.logger.info('engine will be replaced', { pid: engine.pid, rss_bytes: rssBytes, reason });
    }
    if (this.state === 'emptying' && this.inside.size === 0) engine.kill();
  }

  private limits(): MemoryLimits {
    const { memory, engine } = this.options;
    const modelBudgetBytes = engine.load.modelMemoryBytes;
    return memoryLimits({ ...memory, modelBudgetBytes }, this.runnerInfo?.memoryBytes ?? 0);
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
    if (rssBytes <= this.limits().kill || this.inside.size === 0) return;
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
    // It may die by itself, too, while it empties.
    const byItself = guests.length > 0 && this.verdict === null;
    this.options.observer?.restarted((byItself ? null : this.discontent) ?? 'crashed');
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
