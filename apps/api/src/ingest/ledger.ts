import { AppError } from '@packshot/contracts';
import { connectRedis, JobStore, type Jobs, type Redis, waitForRedis } from '@packshot/jobs';
import type { ApiConfig } from '../config';
import { TaskSlots } from '../intake/task-slots';
import { compareSequencers } from './notifications';

type Transaction = ReturnType<Redis['multi']>;

/** A change of an object, as one rule of one tenant sees it. */
export interface Change {
  bucket: string;
  key: string;
  /** Tenant and rule. */
  by: string;
  sequencer: string;
}

/** How a change is committed: with this store, and `note` in the same transaction. */
export type Commit = (store: JobStore, note: (transaction: Transaction, jobId: string) => void) => Promise<string>;

export type Outcome = { kind: 'accepted' | 'duplicate' | 'outdated'; jobId: string };

const TRIES = 5;
const CONNECT_MS = 3_000;
/** Longer than any sender goes on trying. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/**
 * Which changes of which objects have become jobs. The latest of each object is written down in the transaction that makes
 * the job, and that transaction is given up when another has written meanwhile (WATCH): of two deliveries that arrive at the
 * same time, at whatever processes, exactly one makes a job, and none is lost if a process dies half-way.
 *
 * WATCH belongs to a connection, so this one is its own, and used by one at a time.
 */
export class IngestLedger {
  private connection: Redis | undefined;
  private readonly turn = new TaskSlots(1);

  constructor(
    private readonly config: ApiConfig,
    private readonly jobs: Jobs,
  ) {}

  async once(change: Change, commit: Commit): Promise<Outcome> {
    return this.turn.run(() => this.#once(change, commit));
  }

  async close(): Promise<void> {
    this.connection?.disconnect();
  }

  async #once({ bucket, key, by, sequencer }: Change, commit: Commit): Promise<Outcome> {
    const { keys, retentionMs, webhookLogMs } = this.jobs.store;
    const redis = await this.#connect();
    const store = new JobStore(redis, keys, retentionMs, webhookLogMs);
    const ledgerKey = keys.ingested(bucket, key);
    for (let left = TRIES; ; left--) {
      await redis.watch(ledgerKey);
      try {
        const seen = await this.#seen(redis, ledgerKey, by, sequencer);
        if (seen) return seen;
        const note = (transaction: Transaction, jobId: string) => {
          transaction.hset(ledgerKey, by, `${sequencer} ${jobId}`).pexpire(ledgerKey, REMEMBERED_MS);
        };
        return { kind: 'accepted', jobId: await commit(store, note) };
      } catch (error) {
        // Another process wrote first, or Redis is away: the next look tells.
        if (left <= 1 || AppError.from(error).code !== 'backend_unavailable') throw error;
      } finally {
        await redis.unwatch();
      }
    }
  }

  async #seen(redis: Redis, ledgerKey: string, by: string, sequencer: string): Promise<Outcome | null> {
    const [last, jobId = ''] = ((await redis.hget(ledgerKey, by)) ?? '').split(' ');
    if (!last) return null;
    const order = compareSequencers(sequencer, last);
    return order > 0 ? null : { kind: order === 0 ? 'duplicate' : 'outdated', jobId };
  }

  async #connect(): Promise<Redis> {
    if (!this.connection) {
      this.connection = connectRedis(this.config, { failFast: true, name: 'packshot-api-ingest' });
      // The shared connection's faults are logged; this one's are the same.
      this.connection.on('error', () => {});
    }
    await waitForRedis(this.connection, CONNECT_MS);
    return this.connection;
  }
}
