import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Pipeline } from '@packshot/contracts';
import type { Logger } from '@packshot/service';
import { embeddingKey, embeddingsOf, type ObjectStore } from '@packshot/storage';

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
 * For pipelines that point at something: the embeddings that engines have made of this very photo, from the store. They only
 * save time, so a fault of the store is logged and forgotten. Null when nothing is pointed at.
 */
export async function openEmbeddings(
  { storage, logger }: { storage: ObjectStore; logger: Logger },
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
      const { body } = await storage.get(embeddingKey(photo, name), { signal });
      await pipeline(body, createWriteStream(join(folder, name), { mode: 0o600 }), { signal });
      known.add(name);
    }
  });
  return {
    folder,
    save: () =>
      attempt('store', async () => {
        for (const name of await readdir(folder)) {
          if (known.has(name)) continue;
          const body = createReadStream(join(folder, name));
          await storage.put(embeddingKey(photo, name), body, { contentType: 'application/octet-stream', signal });
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
