import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary file nobody has written to for this long belongs to no living writer, wherever that ran. */
const STALE_AFTER_MS = 3_600_000;
const RENAME_ATTEMPTS = 20;

/** Temporary files of this process. A name with our process id that is not here is from an earlier life of the id. */
const ours = new Set<string>();

/** The name of a new temporary file: it says who writes it, so that what a crash left behind can be told apart. */
export function claimTemporaryName(): string {
  const name = `${encodeURIComponent(hostname())}~${process.pid}~${randomUUID()}`;
  ours.add(name);
  return name;
}

export function releaseTemporaryName(name: string): void {
  ours.delete(name);
}

/**
 * Removes the temporary files that a killed writer left in `folder`: at once when its process is gone from this host, after
 * an hour without a write when it ran on another host, or when its process id is in use again.
 */
export async function sweepTemporaryFiles(folder: string): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder)) {
    if (ours.has(name) || !(await isStale(folder, name))) continue;
    await rm(join(folder, name), { force: true });
    swept += 1;
  }
  return swept;
}

async function isStale(folder: string, name: string): Promise<boolean> {
  const [host, pid] = name.split('~');
  if (host === encodeURIComponent(hostname()) && (Number(pid) === process.pid || !isAlive(Number(pid)))) return true;
  const found = await stat(join(folder, name)).catch(ignoreMissing);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_AFTER_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Moves a finished, synced file to its place so that it survives a power cut: creates the folders, renames, and syncs every
 * folder whose entries changed.
 */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await syncFolders(dirname(path), await placeFile(temporary, path));
}

/** Moves a file to its place, creating the folders. Returns the topmost folder whose entries changed. */
export async function placeFile(temporary: string, path: string): Promise<string> {
  const folder = dirname(path);
  for (let attempt = 1; ; attempt += 1) {
    const created = await mkdir(folder, { recursive: true });
    try {
      await rename(temporary, path);
      return created === undefined ? folder : dirname(created);
    } catch (error) {
      // A delete next door removed the folder because it was empty for a moment.
      if (errorCode(error) !== 'ENOENT' || attempt >= RENAME_ATTEMPTS) throw error;
    }
  }
}

/** Syncs `folder` and its parents up to and including `top`. */
async function syncFolders(folder: string, top: string): Promise<void> {
  for (let current = folder; ; current = dirname(current)) {
    const handle = await open(current, 'r').catch(ignoreMissing);
    try {
      await handle?.sync();
    } finally {
      await handle?.close();
    }
    if (current === top || current === dirname(current)) return;
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** For `catch`: undefined when the path does not exist, else throws on. */
export function ignoreMissing(error: unknown): undefined {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
