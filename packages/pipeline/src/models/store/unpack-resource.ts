import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Parser, type ReadEntry } from 'tar';
import { z } from 'zod';
import { SourceFault } from './source-fault';

const INDEX = 'package/dist/resources.json';
const MAX_INDEX_BYTES = 16 << 20;

/** A resource cut into files: each is named by the SHA-256 of its content and says which bytes of the whole it holds. */
const index = z.record(
  z.string(),
  z.object({
    size: z.number().int().positive(),
    chunks: z.array(z.object({ hash: z.string(), offsets: z.tuple([z.number(), z.number()]) })).min(1),
  }),
);
type Chunk = z.infer<typeof index>[string]['chunks'][number];

/**
 * Writes one file of a package's tarball to `to`: `path` is a file of the package, or a resource of its index of chunks, which
 * are joined. Nothing else of the tarball touches the disk.
 * @throws SourceFault when the tarball is damaged or does not hold it
 */
export async function unpackResource(tarball: string, path: string, to: string, maxBytes: number): Promise<void> {
  const target = await open(to, 'w');
  try {
    const found = await scan(tarball, async (entry) => {
      if (entry.path === `package${path}`) {
        await writeEntry(entry, target, 0, maxBytes);
        return 'whole';
      }
      return entry.path === INDEX ? readEntry(entry) : undefined;
    });
    if (!found.includes('whole')) await joinChunks(tarball, path, found[0], target, maxBytes);
    await target.sync();
  } finally {
    await target.close();
  }
}

async function joinChunks(
  tarball: string,
  path: string,
  text: string | undefined,
  target: FileHandle,
  maxBytes: number,
): Promise<void> {
  const resource = parseIndex(text)?.[path];
  if (resource === undefined) throw new SourceFault(`the package holds no ${path}`);
  const { chunks, size } = resource;
  let end = 0;
  for (const { offsets } of chunks) {
    if (offsets[0] !== end || offsets[1] <= end) throw new SourceFault(`the pieces of ${path} do not fit together`);
    end = offsets[1];
  }
  if (end !== size || size > maxBytes) throw new SourceFault(`the pieces of ${path} make ${end} bytes`);
  const wanted = new Map(chunks.map((chunk) => [`package/dist/${chunk.hash}`, chunk]));
  await scan(tarball, async (entry) => {
    const chunk = wanted.get(entry.path);
    if (chunk === undefined) return undefined;
    await writeChunk(entry, target, chunk);
    wanted.delete(entry.path);
    return undefined;
  });
  if (wanted.size > 0) throw new SourceFault(`${wanted.size} pieces of ${path} are missing in the package`);
}

function parseIndex(text: string | undefined): z.infer<typeof index> | null {
  if (text === undefined) return null;
  try {
    return index.parse(JSON.parse(text));
  } catch (error) {
    throw new SourceFault('the index of the package is not understood', { cause: error });
  }
}

async function writeChunk(entry: ReadEntry, target: FileHandle, { hash, offsets }: Chunk): Promise<void> {
  const [start, end] = offsets;
  if (entry.size !== end - start) throw new SourceFault(`the piece ${hash} has ${entry.size} bytes`);
  if ((await writeEntry(entry, target, start, entry.size)) !== hash)
    throw new SourceFault(`the piece ${hash} is damaged`);
}

/** Gives the SHA-256 of what was written. */
async function writeEntry(entry: ReadEntry, target: FileHandle, at: number, maxBytes: number): Promise<string> {
  if (entry.size > maxBytes) throw new SourceFault(`${entry.path} has ${entry.size} bytes`);
  const hash = createHash('sha256');
  let position = at;
  for await (const chunk of entry) {
    hash.update(chunk);
    for (let offset = 0; offset < chunk.length; ) {
      const { bytesWritten } = await target.write(chunk, offset, chunk.length - offset, position);
      offset += bytesWritten;
      position += bytesWritten;
    }
  }
  return hash.digest('hex');
}

async function readEntry(entry: ReadEntry): Promise<string> {
  if (entry.size > MAX_INDEX_BYTES) throw new SourceFault('the index of the package is too large');
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Walks a tarball; `use` gives text to keep, and may leave an entry unread. */
async function scan(tarball: string, use: (entry: ReadEntry) => Promise<string | undefined>): Promise<string[]> {
  const uses: Promise<string | undefined>[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      uses.push(use(entry).finally(() => entry.resume()));
    },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      // Damage is told more than once.
      parser.once('end', resolve).on('error', reject);
      const input = createReadStream(tarball, { highWaterMark: 1 << 20 }).once('error', reject);
      input.pipe(parser as unknown as NodeJS.WritableStream);
    });
  } catch (error) {
    // Readers of an entry that was cut off may never hear of it; their file is thrown away.
    for (const use of uses) use.catch(() => undefined);
    throw new SourceFault('the tarball is damaged', { cause: error });
  }
  return (await Promise.all(uses)).filter((answer) => answer !== undefined);
}
