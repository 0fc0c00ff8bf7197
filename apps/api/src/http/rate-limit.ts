import { AppError } from '@packshot/contracts';
import {
  chargeQuota,
  type NewItem,
  type Quota,
  type QuotaState,
  type RedisKeys,
  takeQuota,
  UNKNOWN_MEGAPIXELS,
} from '@packshot/jobs';
import type { RequestHandler, Response } from 'express';
import type { ChainableCommander } from 'ioredis';
import type { ApiConfig } from '../config';
import type { Deps } from '../deps';
import { type Principal, principalOf } from './principal';

interface Quotas {
  requests: Quota | null;
  megapixels: Quota | null;
}

/**
 * Counts the request against its tenant's quota, or its key's own, and says in `RateLimit-Policy` and `RateLimit`
 * (draft-ietf-httpapi-ratelimit-headers-10) what is left, of megapixels too. Throws `rate_limited`. Without limits it costs
 * nothing.
 */
export function limitRate({ config, jobs: { store } }: Pick<Deps, 'config' | 'jobs'>): RequestHandler {
  return async (_request, response, next) => {
    const { requests, megapixels } = quotasOf(principalOf(response), config, store.keys);
    const { taken, states } = await takeQuota(store.redis, { take: present(requests), look: present(megapixels) });
    const named = [
      ...present(requests).map((quota) => ({ name: 'requests', unit: '', quota })),
      ...present(megapixels).map((quota) => ({ name: 'megapixels', unit: ';qu="megapixels"', quota })),
    ];
    if (named.length > 0) {
      response.set(
        'RateLimit-Policy',
        named.map(({ name, unit, quota }) => `"${name}";${policy(quota)}${unit}`).join(', '),
      );
      response.set('RateLimit', named.map(({ name }, index) => `"${name}";${left(states[index])}`).join(', '));
    }
    if (megapixels) response.locals.megapixels = states.at(-1);
    const tightest = megapixels ?? requests;
    const state = states.at(-1);
    if (tightest && state) response.locals.rate = { limit: tightest.burst, ...state } satisfies Rate;
    if (!taken) refuse(response, states[0], 'requests');
    next();
  };
}

/** What is left of the quota in megapixels, else of that in requests. */
export type Rate = Pick<QuotaState, 'remaining' | 'resetSeconds'> & { limit: number };

/** Null without limits, and before they were looked at. */
export function rateOf(response: Response): Rate | null {
  return (response.locals.rate as Rate | undefined) ?? null;
}

/**
 * Throws `rate_limited` when the caller has handed in more megapixels than its quota; for endpoints that take images, before
 * they read any. What a job costs is only known when it is there, so the last one may go beyond: the next has to wait longer.
 */
export function requireMegapixels(response: Response): void {
  const state = response.locals.megapixels as QuotaState | undefined;
  if (state && state.remaining <= 0) refuse(response, state, 'megapixels');
}

/**
 * Takes the megapixels of a job's items out of its tenant's quota, in the transaction that makes the job; an unknown size
 * counts as in fair shares.
 */
export function chargeMegapixels(
  transaction: ChainableCommander,
  { config, jobs: { store } }: Pick<Deps, 'config' | 'jobs'>,
  principal: Principal,
  items: readonly Pick<NewItem, 'input' | 'source'>[],
): void {
  const { megapixels } = quotasOf(principal, config, store.keys);
  if (!megapixels) return;
  const sizes = items
    .filter(({ source }) => !('code' in source))
    .map(({ input: { width, height } }) => (width && height ? (width * height) / 1e6 : UNKNOWN_MEGAPIXELS));
  chargeQuota(
    transaction,
    megapixels,
    sizes.reduce((total, size) => total + size, 0),
  );
}

/** A key with limits of its own has buckets of its own; sandbox keys share one of their tenant, and megapixels cost nothing. */
function quotasOf({ tenant, keyId, sandbox, rates }: Principal, config: ApiConfig, keys: RedisKeys): Quotas {
  const own = (kind: 'requests' | 'megapixels', perMinute: number) => ({
    key: keys.rate(`${kind}-of-key`, keyId ?? ''),
    perMinute,
    burst: perMinute,
  });
  const shared = (kind: string, perMinute: number, burst = perMinute) =>
    perMinute > 0 ? { key: keys.rate(kind, tenant), perMinute, burst } : null;
  const requests = rates.requests
    ? own('requests', rates.requests)
    : sandbox
      ? shared('sandbox-requests', config.SANDBOX_REQUESTS)
      : shared('requests', config.RATE_LIMIT_REQUESTS, config.RATE_LIMIT_BURST);
  if (sandbox) return { requests, megapixels: null };
  const megapixels = rates.megapixels
    ? own('megapixels', rates.megapixels)
    : shared('megapixels', config.RATE_LIMIT_MEGAPIXELS);
  return { requests, megapixels };
}

const present = (quota: Quota | null): Quota[] => (quota ? [quota] : []);

/** So many units in so many seconds, both whole: a bucket that holds less than a minute's worth is told by its own window. */
function policy({ perMinute, burst }: Quota): string {
  return `q=${Math.max(1, Math.floor(burst))};w=${Math.max(1, Math.round((60 * burst) / perMinute))}`;
}

function left(state: QuotaState | undefined): string {
  return `r=${Math.max(0, Math.floor(state?.remaining ?? 0))};t=${state?.resetSeconds ?? 0}`;
}

function refuse(response: Response, state: QuotaState | undefined, what: 'requests' | 'megapixels'): never {
  const seconds = state?.retryAfterSeconds ?? 1;
  response.set('Retry-After', String(seconds));
  throw new AppError('rate_limited', `Too many ${what} in too short a time: try again in ${seconds} s.`);
}
