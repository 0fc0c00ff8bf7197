import { bad, type Finding, ok, warn } from './check';

interface Backend {
  ok: boolean;
  reason: string | null;
}

/** Of `GET /health`, what is looked at. */
export interface Health {
  version: string;
  redis: Backend & { version: string | null; appendonly: boolean | null; warnings: string[] };
  storage: Backend;
  queue: { oldest_waiting_ms: number | null } | null;
  workers:
    | {
        id: string;
        state: string;
        engine: { provider: string; providers: string[]; models: { id: string }[] } | null;
      }[]
    | null;
}

const PATIENCE_MS = 10_000;
const LONG_WAIT_MS = 10 * 60_000;

/** Null when there is no Packshot at the address. */
export async function askServer(url: string, signal: AbortSignal): Promise<Health | null> {
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    const health = (await response.json()) as Partial<Health> | null;
    return health?.redis && health.storage ? (health as Health) : null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** `named`: somebody said that there is one. */
export function checkServer(url: string, health: Health | null, named: boolean): Finding[] {
  if (health === null) {
    const finding = named ? bad : warn;
    return [
      finding('server', `no Packshot answers at ${url}`, 'Start one with `packshot up`, or name yours: PACKSHOT_URL'),
    ];
  }
  const version = ok('server', `${health.version} at ${url}`);
  return [version, ...checkRedis(health), ...checkStorage(health), ...checkWorkers(health)];
}

function checkRedis({ redis }: Health): Finding[] {
  if (!redis.ok)
    return [
      bad('Redis', redis.reason ?? 'it cannot be used', 'Look at REDIS_URL of the server, and whether Redis runs.'),
    ];
  const findings = [ok('Redis', redis.version ?? 'it answers')];
  if (redis.appendonly === false) {
    findings.push(
      warn('Redis', 'it does not write jobs down', 'Set `appendonly yes`, or jobs are lost when Redis restarts.'),
    );
  }
  return [...findings, ...redis.warnings.map((warning) => warn('Redis', warning, 'See docs/09-redis.md.'))];
}

function checkStorage({ storage }: Health): Finding[] {
  return storage.ok
    ? [ok('storage', 'it can be used')]
    : [bad('storage', storage.reason ?? 'it cannot be used', "Look at the server's S3_… or STORAGE_DIR settings.")];
}

function checkWorkers({ workers, queue }: Health): Finding[] {
  const ready = (workers ?? []).filter(({ state }) => state === 'ready');
  if (ready.length === 0)
    return [bad('workers', 'none is ready', 'Start one, and look at its log: jobs are accepted and wait.')];
  const findings = ready.map(({ id, engine }) => {
    const [wanted] = engine?.providers ?? [];
    const models = `${engine?.models.length ?? 0} models loaded`;
    return engine && wanted !== undefined && engine.provider !== wanted
      ? warn(
          'worker',
          `${id} runs on ${engine.provider}, not on ${wanted}; ${models}`,
          'Look at its log for why, and at PROVIDERS.',
        )
      : ok('worker', `${id} runs on ${engine?.provider ?? 'nothing yet'}; ${models}`);
  });
  const waitingMs = queue?.oldest_waiting_ms ?? 0;
  if (waitingMs > LONG_WAIT_MS) {
    findings.push(
      warn(
        'queue',
        `the oldest image waits for ${Math.round(waitingMs / 60_000)} minutes`,
        'More workers make it shorter.',
      ),
    );
  }
  return findings;
}
