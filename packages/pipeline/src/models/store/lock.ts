import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMissing } from './durable-file';

const HEARTBEAT_MS = 2000;
/** A lock whose holder did not show itself for this long, by our own clock, is taken from it. */
const SILENT_MS = 15_000;
const POLL_MS = 100;

interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Called once when somebody else holds the lock. */
  onWait?: (() => void) | undefined;
}

/**
 * Runs `work` while no other process that locks this path does, on this machine or on another that shares the folder. The
 * holder touches the file all the while; the lock of a dead one is taken over: at once when it ran here, else when it has
 * been silent for long. What happens under a lock must still be correct (if wasteful) when two do it: a machine may sleep.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const ours = JSON.stringify({ host: hostname(), pid: process.pid, token: randomUUID() });
  await acquire(path, ours, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await read(path)) === ours) await rm(path, { force: true });
  }
}

async function acquire(path: string, ours: string, { signal, onWait }: LockOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  let waiting = false;
  let seen = { mark: '', at: 0 };
  while (!(await create(path, ours))) {
    signal?.throwIfAborted();
    if (!waiting) onWait?.();
    waiting = true;
    const holder = await read(path);
    if (holder !== null) {
      const mark = `${holder} ${(await stat(path).catch(() => null))?.mtimeMs}`;
      if (mark !== seen.mark) seen = { mark, at: performance.now() };
      if (isDead(holder) || performance.now() - seen.at > SILENT_MS) {
        await takeAway(path, holder);
        continue;
      }
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Whole or not at all: a link to a file that is already written. */
async function create(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    // No links here. The file may be seen empty for a moment, which counts as held.
    return writeFile(path, content, { flag: 'wx' }).then(
      () => true,
      (failure) => {
        if ((failure as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw failure;
      },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Renaming lets one of several takers win; one that caught a successor's lock instead gives it back. */
async function takeAway(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await read(aside)) !== dead) await link(aside, path).catch(() => undefined);
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function isDead(holder: string): boolean {
  try {
    const { host, pid } = JSON.parse(holder) as { host?: unknown; pid?: unknown };
    if (host !== hostname() || typeof pid !== 'number' || pid === process.pid) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
}
