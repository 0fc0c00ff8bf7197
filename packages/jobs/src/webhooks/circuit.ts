import type { CircuitView } from '@packshot/contracts';
import type { JobStore } from '../job-store';
import { runScript } from '../run-script';

/**
 * Whether a tenant's host (scheme, name and port) is sent to. All workers share it.
 *
 *     closed ── 5 failures in a row, or a receiver that asks for patience ──▶ open
 *     open ── 30 s are over; each time in a row twice as long, to 10 min ──▶ half-open
 *     half-open: one delivery at a time may try
 *         it fails ──▶ open          it arrives ──▶ closed
 *
 * A failure is no answer, 429 or 5xx: with any other answer the host is alive. Deliveries that were under way when it opened
 * count neither for nor against it, except that one that arrives closes it. Each tenant has circuits of its own, so that none
 * can put off what another is sent.
 */
export interface CircuitRules {
  failures: number;
  openMs: number;
  longestOpenMs: number;
  /** A try in the half-open state is given up as lost after so long; the others wait until then. */
  probeMs: number;
}

export const CIRCUIT_RULES: CircuitRules = { failures: 5, openMs: 30_000, longestOpenMs: 600_000, probeMs: 40_000 };

/** `go`: send, and tell `settleCircuit` the `probe`. Else look again after `waitMs`. */
export type Admission = { go: true; probe: boolean } | { go: false; waitMs: number };

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS circuit. ARGV probe's time in ms. Returns -1 go, -2 go as the probe, else how long to wait in ms. */
const ADMIT_SCRIPT = `${NOW}
local facts = redis.call('HMGET', KEYS[1], 'openUntil', 'probeUntil')
if not facts[1] then return -1 end
if now < tonumber(facts[1]) then return tonumber(facts[1]) - now end
-- Whoever comes while another tries waits as if that one failed: it is many who come when a host has been away.
if facts[2] and now < tonumber(facts[2]) then return tonumber(facts[2]) - now end
redis.call('HSET', KEYS[1], 'probeUntil', string.format('%.0f', now + ARGV[1]))
return -2
`;

/** KEYS circuit. ARGV was the probe, failures that open it, first and longest opening in ms, what the receiver asks for in ms. */
const FAILURE_SCRIPT = `${NOW}
local probe, most, first, longest, asked = ARGV[1] == '1', tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('HEXISTS', KEYS[1], 'openUntil') == 1 and not probe then return 0 end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local open = math.min(asked, longest)
if probe or failures >= most then
  local openings = redis.call('HINCRBY', KEYS[1], 'openings', 1)
  open = math.max(open, math.min(longest, first * 2 ^ (openings - 1)))
end
if open > 0 then
  redis.call('HSET', KEYS[1], 'openUntil', string.format('%.0f', now + open))
  redis.call('HDEL', KEYS[1], 'probeUntil')
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', open + 6 * longest))
return open
`;

/** The circuit's key: whose it is, and the host. */
function circuitKey({ keys }: JobStore, tenant: string, url: string): string {
  return keys.circuit(`${tenant} ${hostOf(url)}`);
}

/** Scheme, name and port: what a circuit, and a share of the sending slots, belongs to. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

export async function admitDelivery(
  store: JobStore,
  tenant: string,
  url: string,
  { probeMs }: CircuitRules = CIRCUIT_RULES,
): Promise<Admission> {
  const reply = Number(await runScript(store.redis, ADMIT_SCRIPT, [circuitKey(store, tenant, url)], [probeMs]));
  return reply < 0 ? { go: true, probe: reply === -2 } : { go: false, waitMs: reply };
}

/** Tells how the host behaved. `askedMs`: how much patience it asked for (`Retry-After` with 429, 502, 503 or 504). */
export async function settleCircuit(
  store: JobStore,
  { tenant, url, probe }: { tenant: string; url: string; probe: boolean },
  host: { alive: true } | { alive: false; askedMs: number },
  rules: CircuitRules = CIRCUIT_RULES,
): Promise<void> {
  const key = circuitKey(store, tenant, url);
  if (host.alive) return void (await store.redis.unlink(key));
  const args = [probe ? '1' : '0', rules.failures, rules.openMs, rules.longestOpenMs, host.askedMs];
  await runScript(store.redis, FAILURE_SCRIPT, [key], args);
}

export async function circuitView(
  store: JobStore,
  tenant: string,
  url: string,
  now = Date.now(),
): Promise<CircuitView> {
  const facts = await store.redis.hgetall(circuitKey(store, tenant, url));
  const failures = Number(facts.failures ?? 0);
  if (!facts.openUntil) return { state: 'closed', failures, retry_at: null };
  const openUntil = Number(facts.openUntil);
  if (now >= openUntil) return { state: 'half_open', failures, retry_at: null };
  return { state: 'open', failures, retry_at: new Date(openUntil).toISOString() };
}
