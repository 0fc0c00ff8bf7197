import type { JobStore } from '../job-store';
import { runScript } from '../run-script';
import { type Finding, judgeRedis, type RedisFacts, readRedisFacts } from './facts';

const MOST_SKEW_MS = 5000;

/** Writes a stream and takes it away again, in one step: scripts, streams and writing, all that jobs need. */
const TRIAL_SCRIPT = `
redis.call('XADD', KEYS[1], '*', 'at', ARGV[1])
local found = #redis.call('XRANGE', KEYS[1], '-', '+')
redis.call('DEL', KEYS[1])
return found
`;

/**
 * Whether jobs are safe with this Redis, for the start of a process and for health: its facts, and what is wrong with them.
 * Throws what `isRedisAway` knows while Redis cannot be asked or refuses every write for the moment.
 */
export async function checkRedis(
  { redis, keys }: Pick<JobStore, 'redis' | 'keys'>,
  now: () => number = Date.now,
): Promise<{ facts: RedisFacts; findings: Finding[] }> {
  const facts = await readRedisFacts(redis);
  const findings = judgeRedis(facts);
  // What is judged already would only be said a second time, less clearly.
  if (!findings.some(({ severity }) => severity === 'refuse')) {
    try {
      await runScript(redis, TRIAL_SCRIPT, [keys.trial], [now()]);
    } catch (error) {
      if (!(error instanceof Error && /^(NOPERM|ERR)\b/.test(error.message))) throw error;
      const message = `Redis does not run scripts that write streams (${error.message.slice(0, 200)}).`;
      findings.push({ severity: 'refuse', message: `${message} Allow EVAL, EVALSHA, XADD and XRANGE to our user.` });
    }
  }
  findings.push(...(await judgeClock(redis, now)));
  return { facts, findings };
}

async function judgeClock(redis: JobStore['redis'], now: () => number): Promise<Finding[]> {
  const before = now();
  const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
  const skewMs = (before + now()) / 2 - (seconds * 1000 + microseconds / 1000);
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return [];
  const skew = `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'}`;
  return [{ severity: 'warn', message: `The clock of this machine is ${skew} that of Redis: run NTP on both.` }];
}
