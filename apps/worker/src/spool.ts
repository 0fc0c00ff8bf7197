import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder where images lie while they are processed. Everything in it can be fetched again. */
export interface Spool {
  readonly path: string;
  /** A new, empty folder for one attempt; the caller removes it. */
  folder(): Promise<string>;
  close(): Promise<void>;
}

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
  return {
    path,
    folder: () => mkdtemp(join(path, 'item-')),
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
