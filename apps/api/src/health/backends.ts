import { evictionPolicy, type Jobs } from '@packshot/jobs';
import type { ObjectStore } from '@packshot/storage';
import { inTime } from './in-time';

/** Health is asked without a key; checks that write to the store must not be had more often than this. */
const FRESH_MS = 2000;

export interface BackendState {
  ok: boolean;
  /** Why not, for people. */
  reason: string | null;
}

export interface BackendStates {
  redis: BackendState & { eviction_policy: string | null };
  storage: BackendState;
}

/** Whether Redis and the object store can be worked with. Answers are shared for two seconds. */
export class Backends {
  private last: { at: number; states: Promise<BackendStates> } | undefined;

  constructor(
    private readonly jobs: Jobs,
    private readonly storage: ObjectStore,
  ) {}

  check(): Promise<BackendStates> {
    const now = performance.now();
    if (!this.last || now - this.last.at > FRESH_MS) this.last = { at: now, states: this.ask() };
    return this.last.states;
  }

  private async ask(): Promise<BackendStates> {
    const [redis, storage] = await Promise.all([this.askRedis(), this.askStorage()]);
    return { redis, storage };
  }

  private async askRedis(): Promise<BackendStates['redis']> {
    try {
      const policy = await inTime(evictionPolicy(this.jobs.store.redis));
      // Some services do not say; a Redis that evicts loses jobs.
      const ok = policy === null || policy === 'noeviction';
      const reason = ok ? null : `maxmemory-policy is ${policy}; it must be noeviction`;
      return { ok, reason, eviction_policy: policy };
    } catch {
      return { ok: false, reason: 'Redis does not answer.', eviction_policy: null };
    }
  }

  private async askStorage(): Promise<BackendState> {
    try {
      await inTime(this.storage.check());
      return { ok: true, reason: null };
    } catch {
      return { ok: false, reason: 'The object store cannot be reached or written to.' };
    }
  }
}
