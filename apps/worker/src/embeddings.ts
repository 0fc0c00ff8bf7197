import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Pipeline } from '@packshot/contracts';
import type { Logger } from '@packshot/service';
import { embeddingKey, embeddingsOf, type ObjectStore } from '@packshot/storage';
import type { Spool } from './spool';

/** A folder of embeddings for one run of the engine. */
interface RunEmbeddings {
  folder: string;
  /** Stores what the engine has added to the folder. */
  save(): Promise<void>;
}

interface Asked {
  tenant: string;
  pipeline: Pipeline;
  inputPath: string;
  /** The attempt's own. */
  folder: string;
  signal: AbortSignal;
}

/**
 * For pipelines that point at something: the embeddings that engines have made of this very photo, from the store, or from the
 * spool where this worker had them last. They only save time, so a fault of the store is logged and forgotten. Null when nothing is
 * pointed at.
 */
export async function openEmbeddings(
  { storage, spool, logger }: { storage: ObjectStore; spool: Spool; logger: Logger },
  { tenant, pipeline: asked, inputPath, folder: parent, signal }: Asked,
): Promise<RunEmbeddings | null> {
  if (!pointsAtSomething(asked)) return null;
  const photo = await nameOf(tenant, asked, inputPath);
  const folder = join(parent, 'embeddings');
  await mkdir(folder);
  const known = new Set<string>();
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      logger.warn(`could not ${what} embeddings`, { photo, error });
    }
  };
  await attempt('fetch', async () => {
    for await (const { key } of storage.list(embeddingsOf(photo))) {
      const name = key.slice(embeddingsOf(photo).length);
      // Without the signal: other attempts may wait for the same file.
      await spool.share(embeddingKey(photo, name), join(folder, name), async (path) => {
        const { body } = await storage.get(embeddingKey(photo, name));
        await pipeline(body, createWriteStream(path, { mode: 0o600 }));
      });
      known.add(name);
    }
  });
  return {
    folder,
    save: () =>
      attempt('store', async () => {
        for (const name of await readdir(folder)) {
          if (known.has(name)) continue;
          const path = join(folder, name);
          const key = embeddingKey(photo, name);
          await spool.share(key, `${path}.shared`, (shared) => link(path, shared));
          await storage.put(key, createReadStream(path), { contentType: 'application/octet-stream', signal });
        }
      }),
  };
}

function pointsAtSomething({ background, shadow }: Pipeline): boolean {
  return (
    (background !== false && background.prompt !== undefined) || (shadow !== false && typeof shadow.mask === 'object')
  );
}

/**
 * A photo's folder: its bytes, and what is done to it before it is clicked on. Of one tenant: from how long a click takes
 * nobody learns what others have.
 */
async function nameOf(
  tenant: string,
  { background, upscale, output, ...before }: Pipeline,
  path: string,
): Promise<string> {
  const hash = createHash('sha256').update(`${JSON.stringify([tenant, before])}\n`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
