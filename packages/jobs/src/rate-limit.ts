import type { ChainableCommander } from 'ioredis';
import type { Redis } from './connection';
import { runScript } from './run-script';

/** A bucket: so many units flow back a minute, and so many it holds. */
export interface Quota {
  /** Its Redis key. */
  key: string;
  perMinute: number;
  burst: number;
}

export interface QuotaState {
  /** Units that are left; below 0 the bucket is in debt. */
  remaining: number;
  /** Until the bucket is full again. */
  resetSeconds: number;
  /** Until a unit is left, in whole seconds; at least 1. */
  retryAfterSeconds: number;
}

/**
 * The Generic Cell Rate Algorithm (ATM Forum, Traffic Management 4.0, section 4.4.2; ITU-T I.371), as its virtual scheduling
 * form keeps it: one number a bucket, the theoretical arrival time (TAT) at which it would be full again.
 *
 *     T = 60 s / units a minute        what one unit costs in time
 *     τ = T × burst                    what the bucket holds
 *     fits ⇔ max(TAT, now) + cost × T − τ ≤ now;   then TAT := max(TAT, now) + cost × T
 *
 * The time is Redis's own, so that API processes whose clocks differ agree. KEYS buckets; ARGV per bucket T (ms), τ (ms),
 * cost (units), '1' when it may go into debt. Either all costs are taken or none. Returns '1' or '0', then for each bucket
 * how far TAT is ahead of now (ms).
 */
const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local fits, ahead = true, {}
for i, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local cost, debt = tonumber(ARGV[4 * i - 1]), ARGV[4 * i] == '1'
  local used = math.max(tonumber(redis.call('GET', key) or '0') - now, 0)
  ahead[i] = {used, used + cost * interval}
  if cost > 0 and not debt and used + cost * interval > tolerance then fits = false end
end
local reply = {fits and '1' or '0'}
for i, key in ipairs(KEYS) do
  local used = ahead[i][fits and 2 or 1]
  if used > ahead[i][1] then redis.call('SET', key, string.format('%.3f', now + used), 'PX', string.format('%.0f', math.ceil(used))) end
  reply[i + 1] = string.format('%.3f', used)
end
return reply
`;

/**
 * Takes a unit out of each `take` bucket, or out of none when one of them is empty; only looks at the `look` ones. The states
 * come in the order of the arguments.
 */
export async function takeQuota(
  redis: Redis,
  { take, look }: { take: readonly Quota[]; look: readonly Quota[] },
): Promise<{ taken: boolean; states: QuotaState[] }> {
  const quotas = [...take, ...look];
  if (quotas.length === 0) return { taken: true, states: [] };
  const args = [...take.flatMap((quota) => bucket(quota, 1)), ...look.flatMap((quota) => bucket(quota, 0))];
  const reply = await runScript(
    redis,
    TAKE_SCRIPT,
    quotas.map(({ key }) => key),
    args,
  );
  const [taken, ...ahead] = reply as string[];
  return { taken: taken === '1', states: quotas.map((quota, index) => stateOf(quota, Number(ahead[index]))) };
}

/** Takes `units` out of a bucket when the transaction is carried out, whatever is in it: it may go into debt. */
export function chargeQuota(transaction: ChainableCommander, quota: Quota, units: number): void {
  transaction.eval(TAKE_SCRIPT, 1, quota.key, ...bucket(quota, units, true));
}

const intervalMs = ({ perMinute }: Quota) => 60_000 / perMinute;

function bucket(quota: Quota, cost: number, debt = false): (string | number)[] {
  return [intervalMs(quota), intervalMs(quota) * quota.burst, cost, debt ? '1' : '0'];
}

function stateOf(quota: Quota, aheadMs: number): QuotaState {
  const interval = intervalMs(quota);
  const remaining = quota.burst - aheadMs / interval;
  const missing = Math.min(1, quota.burst) - remaining;
  return {
    remaining,
    resetSeconds: Math.ceil(aheadMs / 1000),
    retryAfterSeconds: Math.max(1, Math.ceil((missing * interval) / 1000)),
  };
}
