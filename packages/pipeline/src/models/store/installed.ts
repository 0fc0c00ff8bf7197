import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { isMissing, readJson } from './durable-file';
import { layout } from './store-layout';

const installedModel = z.object({
  id: z.string(),
  installed_at: z.string(),
  files: z.array(
    z.object({
      /** Under `models/<id>/`. */
      path: z.string(),
      bytes: z.number(),
      /** Of the bytes as they arrived. */
      sha256: z.string(),
      /** Whether the record knew that checksum beforehand. */
      pinned: z.boolean(),
      source: z.string(),
    }),
  ),
});

/** What `installed.json` says of a model. */
export type InstalledModel = z.infer<typeof installedModel>;

/** Null when the model is not (wholly) installed. */
export async function readInstalled(store: string, id: string): Promise<InstalledModel | null> {
  return readJson(layout.installed(store, id), installedModel);
}

/** Every model of the store, by id. */
export async function listInstalled(store: string): Promise<InstalledModel[]> {
  const ids = await readdir(layout.models(store)).catch((error) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found = await Promise.all(ids.sort().map((id) => readInstalled(store, id)));
  return found.filter((model) => model !== null);
}
