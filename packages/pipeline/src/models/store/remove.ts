import { rm, stat } from 'node:fs/promises';
import { listInstalled, readInstalled } from './installed';
import { withLock } from './lock';
import { layout } from './store-layout';

/** Takes a model away, and of its files those that no other model has. False when it was not installed. */
export async function removeModel(store: string, id: string): Promise<boolean> {
  return withLock(layout.lock(store, `model-${id}`), async () => {
    const installed = await readInstalled(store, id);
    const existed = (await stat(layout.model(store, id)).catch(() => null)) !== null;
    // Its mark first: a model that is half gone is not installed.
    await rm(layout.installed(store, id), { force: true });
    await rm(layout.record(store, id), { force: true });
    await rm(layout.model(store, id), { recursive: true, force: true });
    await collectBlobs(store, installed?.files.map(({ sha256 }) => sha256) ?? []);
    return existed;
  });
}

/** Deletes those of the blobs that no installed model uses and no half-made one has linked. */
export async function collectBlobs(store: string, candidates: readonly string[]): Promise<void> {
  for (const sha256 of candidates) {
    await withLock(layout.lock(store, sha256), async () => {
      const models = await listInstalled(store);
      if (models.some(({ files }) => files.some((file) => file.sha256 === sha256))) return;
      const found = await stat(layout.blob(store, sha256)).catch(() => null);
      if (found?.nlink === 1) await rm(layout.blob(store, sha256), { force: true });
    });
  }
}
