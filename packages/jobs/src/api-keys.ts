import { createHash, randomBytes } from 'node:crypto';
import {
  type ApiKeyView,
  AppError,
  type CreateApiKey,
  newId,
  type Scope,
  type UpdateApiKey,
} from '@packshot/contracts';
import { REMOVE_SCRIPT, ROTATE_SCRIPT, TOUCH_SCRIPT, UPDATE_SCRIPT } from './api-key-scripts';
import type { Backlog } from './fairness/backlog';
import type { JobStore } from './job-store';
import { hashFields } from './records';
import { runScript } from './run-script';

/** A key as it is kept; times in Unix milliseconds. */
export interface ApiKeyRecord {
  id: string;
  name: string;
  tenant: string;
  scopes: Scope[];
  sandbox: boolean;
  requestsPerMinute: number | null;
  megapixelsPerMinute: number | null;
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
  /** SHA-256 of the token, and of the one before it, which is valid until `previousUntil`. */
  digest: string;
  previousDigest: string | null;
  previousUntil: number | null;
}

/** So long a process believes what it read; a revoked key works on elsewhere no longer than this and one request. */
const CACHE_MS = 3_000;
/** Bounds the memory that wrong keys can take. */
const CACHE_ENTRIES = 10_000;
const TOUCH_MS = 60_000;

/** `pk_` or `sandbox_`, and 256 random bits. */
const TOKEN = /^(?:pk|sandbox)_[A-Za-z0-9_-]{43}$/;

/**
 * API keys. Of a token only the SHA-256 is kept: it has too much entropy to be guessed, so a slow hash would add nothing, and
 * looking a hash up tells nothing by its timing.
 */
export class ApiKeys {
  private readonly known = new Map<string, { until: number; record: Promise<ApiKeyRecord | null> }>();

  constructor(
    private readonly store: JobStore,
    private readonly backlog: Backlog,
    private readonly clock: () => number = Date.now,
  ) {}

  /** The key this token is for, while both are valid; else null. Notes at most once a minute that it was used. */
  async find(token: string): Promise<ApiKeyRecord | null> {
    if (!TOKEN.test(token)) return null;
    const digest = sha256(token);
    const now = this.clock();
    let entry = this.known.get(digest);
    if (!entry || entry.until <= now) {
      if (this.known.size >= CACHE_ENTRIES) this.known.clear();
      entry = { until: now + CACHE_MS, record: this.look(digest, now) };
      this.known.set(digest, entry);
      entry.record.catch(() => this.known.delete(digest));
    }
    const record = await entry.record;
    if (!record || (record.expiresAt !== null && record.expiresAt <= now)) return null;
    const valid = record.digest === digest || (record.previousDigest === digest && (record.previousUntil ?? 0) > now);
    return valid ? record : null;
  }

  /** Makes a key; the token is in the answer and nowhere else. */
  async create(wish: CreateApiKey): Promise<ApiKeyView & { token: string }> {
    const { redis, keys } = this.store;
    const now = this.clock();
    const id = newId('key');
    const token = newToken(wish.sandbox);
    const record: ApiKeyRecord = {
      id,
      name: wish.name,
      tenant: wish.tenant ?? id,
      scopes: wish.scopes,
      sandbox: wish.sandbox,
      requestsPerMinute: wish.requests_per_minute,
      megapixelsPerMinute: wish.megapixels_per_minute,
      createdAt: now,
      expiresAt: this.future(wish.expires_at),
      lastUsedAt: null,
      digest: sha256(token),
      previousDigest: null,
      previousUntil: null,
    };
    if (wish.weight !== undefined) await this.backlog.setWeight(record.tenant, wish.weight);
    const tx = redis.multi();
    tx.hset(keys.apiKey(id), hashFields(record));
    tx.hset(keys.apiKeyDigests, record.digest, id);
    tx.zadd(keys.apiKeys, now, id);
    const replies = await tx.exec();
    const fault = replies?.find(([error]) => error)?.[0];
    if (!replies || fault) throw new AppError('backend_unavailable', undefined, { cause: fault });
    return { ...(await this.viewOf(record)), token };
  }

  /** Throws `not_found`. */
  async get(keyId: string): Promise<ApiKeyView> {
    return this.viewOf(await this.require(keyId));
  }

  /** Oldest first, from position `from` on. */
  async list(from: number, count: number): Promise<{ keys: ApiKeyView[]; more: boolean }> {
    const ids = await this.store.redis.zrange(this.store.keys.apiKeys, String(from), String(from + count));
    const records = await Promise.all(ids.slice(0, count).map((id) => this.read(id)));
    const keys = await Promise.all(records.flatMap((record) => (record ? [this.viewOf(record)] : [])));
    return { keys, more: ids.length > count };
  }

  /** Throws `not_found`. */
  async update(keyId: string, changes: UpdateApiKey): Promise<ApiKeyView> {
    const { tenant } = await this.require(keyId);
    const fields = {
      ...(changes.name !== undefined && { name: changes.name }),
      ...(changes.scopes !== undefined && { scopes: JSON.stringify(changes.scopes) }),
      ...(changes.requests_per_minute !== undefined && { requestsPerMinute: text(changes.requests_per_minute) }),
      ...(changes.megapixels_per_minute !== undefined && { megapixelsPerMinute: text(changes.megapixels_per_minute) }),
      ...(changes.expires_at !== undefined && { expiresAt: text(this.future(changes.expires_at)) }),
    };
    const done = await runScript(
      this.store.redis,
      UPDATE_SCRIPT,
      [this.store.keys.apiKey(keyId)],
      Object.entries(fields).flat(),
    );
    if (done === 0) throw noSuchKey(keyId);
    if (changes.weight !== undefined) await this.backlog.setWeight(tenant, changes.weight);
    this.known.clear();
    return this.get(keyId);
  }

  /** Replaces the token; the old one stays valid for `graceMs`, the one before that does not. Throws `not_found`. */
  async rotate(keyId: string, graceMs: number): Promise<ApiKeyView & { token: string }> {
    const { redis, keys } = this.store;
    const token = newToken((await this.require(keyId)).sandbox);
    const until = graceMs > 0 ? this.clock() + graceMs : 0;
    const done = await runScript(
      redis,
      ROTATE_SCRIPT,
      [keys.apiKey(keyId), keys.apiKeyDigests],
      [sha256(token), until],
    );
    if (done === 0) throw noSuchKey(keyId);
    this.known.clear();
    return { ...(await this.get(keyId)), token };
  }

  /** Throws `not_found`. Jobs that were made with it stay its tenant's. */
  async remove(keyId: string): Promise<void> {
    const { redis, keys } = this.store;
    const names = [keys.apiKey(keyId), keys.apiKeyDigests, keys.apiKeys];
    const done = await runScript(redis, REMOVE_SCRIPT, names, [keyId]);
    this.known.clear();
    if (done === 0) throw noSuchKey(keyId);
  }

  private async look(digest: string, now: number): Promise<ApiKeyRecord | null> {
    const { redis, keys } = this.store;
    const id = await redis.hget(keys.apiKeyDigests, digest);
    const record = id ? await this.read(id) : null;
    if (record && now - (record.lastUsedAt ?? 0) >= TOUCH_MS) {
      // A Redis that takes no writes can still say who asks; what does need a write reports it.
      await runScript(redis, TOUCH_SCRIPT, [keys.apiKey(record.id)], [now]).catch(() => {});
    }
    return record;
  }

  private async read(keyId: string): Promise<ApiKeyRecord | null> {
    const hash = await this.store.redis.hgetall(this.store.keys.apiKey(keyId));
    return hash.id ? parseKey(hash) : null;
  }

  private async require(keyId: string): Promise<ApiKeyRecord> {
    const record = await this.read(keyId);
    if (!record) throw noSuchKey(keyId);
    return record;
  }

  /** Throws `invalid_request` for a time that is over. */
  private future(time: string | null): number | null {
    if (time === null) return null;
    if (Date.parse(time) > this.clock()) return Date.parse(time);
    const detail = 'A time in the future is needed.';
    throw new AppError('invalid_request', detail, { errors: [{ pointer: '/expires_at', detail }] });
  }

  private async viewOf(record: ApiKeyRecord): Promise<ApiKeyView> {
    const { previousUntil } = record;
    return {
      id: record.id,
      name: record.name,
      tenant: record.tenant,
      scopes: record.scopes,
      sandbox: record.sandbox,
      weight: await this.backlog.weight(record.tenant),
      requests_per_minute: record.requestsPerMinute,
      megapixels_per_minute: record.megapixelsPerMinute,
      created_at: new Date(record.createdAt).toISOString(),
      expires_at: iso(record.expiresAt),
      last_used_at: iso(record.lastUsedAt),
      previous_token_until: previousUntil !== null && previousUntil > this.clock() ? iso(previousUntil) : null,
    };
  }
}

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const newToken = (sandbox: boolean) => `${sandbox ? 'sandbox' : 'pk'}_${randomBytes(32).toString('base64url')}`;
const noSuchKey = (keyId: string) => new AppError('not_found', `There is no key ${keyId}.`);
const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
/** Of a field that may be taken away: the script deletes what is empty. */
const text = (value: number | null) => (value === null ? '' : String(value));
const number = (value: string | undefined) => (value === undefined ? null : Number(value));

function parseKey(hash: Record<string, string>): ApiKeyRecord {
  return {
    id: hash.id ?? '',
    name: hash.name ?? '',
    tenant: hash.tenant ?? '',
    scopes: JSON.parse(hash.scopes ?? '[]') as Scope[],
    sandbox: hash.sandbox === 'true',
    requestsPerMinute: number(hash.requestsPerMinute),
    megapixelsPerMinute: number(hash.megapixelsPerMinute),
    createdAt: Number(hash.createdAt),
    expiresAt: number(hash.expiresAt),
    lastUsedAt: number(hash.lastUsedAt),
    digest: hash.digest ?? '',
    previousDigest: hash.previousDigest ?? null,
    previousUntil: number(hash.previousUntil),
  };
}
