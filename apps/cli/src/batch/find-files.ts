import { open, readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { AppError, sniffImageFormat } from '@packshot/contracts';
import { globBase, globToRegExp, isGlob } from './glob';

/** An image on this machine, and what its result is called. */
export interface SourceFile {
  /** Absolute. */
  path: string;
  /** Below the folder or pattern that it was found by. */
  name: string;
  /** Where its result goes below the output folder, but for the ending. */
  stem: string;
  bytes: number;
  /** Changes with the file. */
  mark: string;
}

export interface FoundFiles {
  files: SourceFile[];
  /** Files in the folders that are no images. */
  leftOut: number;
}

/**
 * The images that files, folders (with what lies below them) and patterns name, in order and each once. Whether a file is an image
 * is told by its first bytes. Hidden files are passed over.
 * @throws invalid_request for a path that does not exist, unsupported_format for a named file that is no image
 */
export async function findFiles(paths: readonly string[], passOver: (path: string) => boolean): Promise<FoundFiles> {
  const found = new Map<string, string>();
  const named = new Set<string>();
  for (const path of paths) {
    const facts = await stat(path).catch(() => null);
    if (facts?.isFile()) {
      found.set(resolve(path), basename(path));
      named.add(resolve(path));
      continue;
    }
    const base = resolve(facts ? path : globBase(path));
    if (!facts && !isGlob(path)) throw new AppError('invalid_request', `There is no file or folder ${path}.`);
    const pattern = facts ? null : globToRegExp(resolve(base, relative(base, resolve(path))));
    for (const file of await filesBelow(base, passOver)) {
      if (pattern === null || pattern.test(file)) found.set(file, relative(base, file));
    }
  }
  const images: SourceFile[] = [];
  for (const [path, name] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (await isImage(path)) images.push({ path, name, stem: '', ...(await factsOf(path)) });
    else if (named.has(path)) throw new AppError('unsupported_format', `${path} is no image that Packshot reads.`);
  }
  return { files: withStems(images), leftOut: found.size - images.length };
}

async function factsOf(path: string): Promise<Pick<SourceFile, 'bytes' | 'mark'>> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, mark: `${size}-${Math.round(mtimeMs)}` };
}

async function filesBelow(folder: string, passOver: (path: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || passOver(path)) continue;
    if (entry.isDirectory()) files.push(...(await filesBelow(path, passOver)));
    // A link to a folder may lead back here; one to a file is as good as the file.
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) files.push(path);
  }
  return files;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

async function isImage(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(64), 0, 64, 0);
    return sniffImageFormat(buffer.subarray(0, bytesRead)) !== null;
  } finally {
    await file.close();
  }
}

/** `a.jpg` gives `a`; where `a.png` lies beside it, they give `a.jpg` and `a.png`, so that neither result overwrites the other. */
function withStems(files: readonly SourceFile[]): SourceFile[] {
  const plain = (name: string) => name.slice(0, name.length - extname(name).length) || name;
  const counts = new Map<string, number>();
  for (const { name } of files) counts.set(plain(name), (counts.get(plain(name)) ?? 0) + 1);
  return files.map((file) => ({
    ...file,
    stem: (counts.get(plain(file.name)) ?? 0) > 1 ? file.name : plain(file.name),
  }));
}
