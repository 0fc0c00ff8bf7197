import { checkRedis, type Finding, isRedisAway, type Jobs, type RedisFacts } from '@packshot/jobs';
import type { ObjectStore } from '@packshot/storage';
import { inTime } from './in-time';

/** Health is asked without a key; checks that write to the store must not be had more often than this. */
const FRESH_MS = 1000;

export interface BackendState {
  ok: boolean;
  /** Why not, for people. */
  reason: string | null;
}

/** What Redis says of itself; null where it does not say, or is away. Of a Cluster: its first master. */
interface RedisDescription {
  mode: RedisFacts['mode'] | null;
  product: string | null;
  version: string | null;
  eviction_policy: string | null;
  appendonly: boolean | null;
  appendfsync: string | null;
  /** What is not as it should be, though jobs are accepted. */
  warnings: string[];
}

export interface BackendStates {
  redis: BackendState & RedisDescription;
  storage: BackendState;
}

/** Whether Redis and the object store can be worked with. Answers are shared for a second. */
export class Backends {
  private last: { at: number; states: Promise<BackendStates> } | undefined;
  /** Why Redis does not let us in, as long as it does not. */
  private refusal: string | null = null;

  constructor(
    private readonly jobs: Jobs,
    private readonly storage: ObjectStore,
    /** Jobs are accepted although Redis is not fit for them: REDIS_CHECKS=warn. */
    private readonly lenient: boolean,
  ) {
    const { redis } = jobs.store;
    // A wrong password does not mend itself as an outage does. Other errors name hosts, which are nobody's business.
    redis.on('error', (error: Error) => {
      this.refusal = error.name === 'ReplyError' ? error.message.slice(0, 200) : null;
    });
    redis.on('ready', () => {
      this.refusal = null;
    });
  }

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
      const { facts, findings } = await inTime(checkRedis(this.jobs.store));
      const refusal = this.lenient ? undefined : findings.find(({ severity }) => severity === 'refuse');
      return { ok: refusal === undefined, reason: refusal?.message ?? null, ...describe(facts, findings, refusal) };
    } catch (error) {
      const facts = { mode: null, servers: [] };
      return { ok: false, reason: this.reasonOf(error), ...describe(facts, []) };
    }
  }

  /** An answer such as `MISCONF …` says what is wrong with a Redis that is there. */
  private reasonOf(error: unknown): string {
    const answered = error instanceof Error && error.name === 'ReplyError' && isRedisAway(error);
    if (answered) return `Redis cannot serve: ${error.message.slice(0, 200)}`;
    return this.refusal === null ? 'Redis does not answer.' : `Redis does not let us in: ${this.refusal}`;
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

function describe(
  { mode, servers: [server] }: Pick<RedisFacts, 'servers'> & { mode: RedisFacts['mode'] | null },
  findings: readonly Finding[],
  shown?: Finding,
): RedisDescription {
  return {
    mode,
    product: server?.product ?? null,
    version: server?.redisVersion ?? null,
    eviction_policy: server?.evictionPolicy ?? null,
    appendonly: server?.appendOnly ?? null,
    appendfsync: server?.appendFsync ?? null,
    warnings: findings.filter((finding) => finding !== shown).map(({ message }) => message),
  };
}
