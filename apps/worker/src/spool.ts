import { link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder where images lie while they are processed. Everything in it can be fetched again. */
export interface Spool {
  readonly path: string;
  /** A new, empty folder for one attempt; the caller removes it. */
  folder(): Promise<string>;
  /**
   * Puts a file at `path` that many attempts need: `fetch` brings the first one, the others get the same bytes. Of a fetch that fails
   * nothing is kept.
   */
  share(name: string, path: string, fetch: (path: string) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Shared files that are kept for the next attempt; those in use stay anyway. */
const MOST_SHARED = 8;

/** `packshot-spool-<host>-<pid>-<random>`: the host, because containers that share a disk do not share process ids. */
const PREFIX = `packshot-spool-${hostname().replace(/[^A-Za-z0-9.]/g, '.')}-`;

/** Opens this process's folder (readable by nobody else), and clears away those of its dead predecessors. */
export async function openSpool(parent = tmpdir()): Promise<Spool> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(PREFIX) ? Number(/^(\d+)-/.exec(name.slice(PREFIX.length))?.[1]) : Number.NaN;
    if (pid > 0 && pid !== process.pid && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const path = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  const shared = new Map<string, Promise<string>>();
  let count = 0;

  async function keep(name: string, fetch: (path: string) => Promise<void>): Promise<string> {
    const kept = join(path, `shared-${++count}`);
    try {
      await fetch(kept);
      return kept;
    } catch (error) {
      shared.delete(name);
      await rm(kept, { force: true });
      throw error;
    }
  }

  return {
    path,
    folder: () => mkdtemp(join(path, 'item-')),
    async share(name, to, fetch) {
      const file = shared.get(name) ?? keep(name, fetch);
      // Last used, last to go.
      shared.delete(name);
      shared.set(name, file);
      // A link of its own keeps the bytes, whatever becomes of the kept file.
      await link(await file, to);
      const [oldest] = shared;
      if (shared.size <= MOST_SHARED || oldest === undefined) return;
      shared.delete(oldest[0]);
      await rm(await oldest[1], { force: true });
    },
    close: () => rm(path, { recursive: true, force: true }),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user cannot be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
