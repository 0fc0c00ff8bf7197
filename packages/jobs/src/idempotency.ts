import type { ChainableCommander } from 'ioredis';
import type { JobStore } from './job-store';
import { runScript } from './run-script';

/** What a request was answered with, kept to be given again. */
export interface StoredAnswer {
  status: number;
  location: string;
  body: string;
}

/** What a key stands for: this request may go on, another one has not ended, or it was answered long ago. */
export type KeyState =
  | { state: 'held' }
  | { state: 'in_progress' }
  | { state: 'answered'; fingerprint: string; answer: StoredAnswer };

/** A claim is renewed while its request lives, and runs out by itself when its process has died. */
export const CLAIM_MS = 30_000;

/** Takes a free key, or renews what the caller holds; gives the record of a key that is another's. KEYS key; ARGV token, ms. */
const HOLD_SCRIPT = `
local token = redis.call('HGET', KEYS[1], 'token')
if token == ARGV[1] or redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'token', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {}
end
return redis.call('HMGET', KEYS[1], 'fingerprint', 'status', 'location', 'body')
`;

/** KEYS key; ARGV token. */
const FREE_SCRIPT = `
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;

/**
 * One idempotency key of one request. A key is free, claimed by a request that is being served (with a short life of its own),
 * or answered:
 *
 *     free ──hold──▶ claimed ──keep──▶ answered ──24 h──▶ free
 *       ▲               │ free, or its process died
 *       └───────────────┘
 */
export class IdempotencyKey {
  private readonly key: string;

  /** `digest`: SHA-256 of endpoint and key, hexadecimal. `token` names the request. */
  constructor(
    private readonly store: JobStore,
    private readonly options: { tenant: string; digest: string; token: string },
  ) {
    this.key = store.keys.idempotency(options.tenant, options.digest);
  }

  /** Claims the key, or renews the claim. */
  async hold(): Promise<KeyState> {
    const reply = await runScript(this.store.redis, HOLD_SCRIPT, [this.key], [this.options.token, CLAIM_MS]);
    const [fingerprint, status, location, body] = reply as (string | null)[];
    if (fingerprint === undefined) return { state: 'held' };
    if (fingerprint === null) return { state: 'in_progress' };
    return {
      state: 'answered',
      fingerprint,
      answer: { status: Number(status), location: location ?? '', body: body ?? '' },
    };
  }

  /** Puts the answer in place of the claim, in the transaction that does what was asked. */
  keep(transaction: ChainableCommander, fingerprint: string, answer: StoredAnswer, lifetimeMs: number): void {
    transaction
      .del(this.key)
      .hset(this.key, { fingerprint, ...answer })
      .pexpire(this.key, lifetimeMs);
  }

  /** Gives up a claim; of an answered key nothing is changed. */
  async free(): Promise<void> {
    await runScript(this.store.redis, FREE_SCRIPT, [this.key], [this.options.token]);
  }
}
