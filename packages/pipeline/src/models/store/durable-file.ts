import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** Renames a finished file to its place so that it survives a power cut: bytes first, then the name. */
export async function publishFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await sync(from);
  await rename(from, to);
  await sync(dirname(to));
}

/** The same file under a second name, replacing what is there; a copy where the file system has no links. */
export async function linkFile(from: string, to: string): Promise<void> {
  const temporary = `${to}.${randomUUID()}`;
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, temporary).catch(() => copyFile(from, temporary));
    await publishFile(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function writeJson(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
  } finally {
    await handle.close();
  }
  await publishFile(temporary, path);
}

/** Null when there is no such file, and when it is not of this form: whatever wrote it did not finish or was not us. */
export async function readJson<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || (error as Error).name === 'ZodError' || isMissing(error)) return null;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
