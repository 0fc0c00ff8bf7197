import { type JobStore, overdueUploads, removeUpload } from '@packshot/jobs';
import type { Logger } from '@packshot/service';
import { type ObjectStore, uploadKey, uploadPrefix } from '@packshot/storage';

/** Most of the time passes in waiting for the store. */
const AT_ONCE = 8;
/** A round ends well before its lock does; the next one goes on. */
const ROUND_MS = 20_000;

/**
 * Removes uploads whose time is over and which no job uses: what was sent of them, and the record. The index of what is due is
 * the state, so a sweeper that dies is continued by the next. One that cannot be removed is logged and passed over.
 */
export async function removeUploads(
  { store, storage, logger }: { store: JobStore; storage: ObjectStore; logger: Logger },
  now: number,
): Promise<number> {
  const deadline = Date.now() + ROUND_MS;
  let [removed, passed] = [0, 0];
  while (Date.now() < deadline) {
    const ids = await overdueUploads(store, now, { offset: passed, count: AT_ONCE });
    if (ids.length === 0) break;
    const gone = await Promise.all(
      ids.map((id) =>
        removeUpload(store, id, now, () => removeObjects(storage, id)).catch((error: unknown) => {
          logger.error('could not remove an upload', { upload: id, error });
          return null;
        }),
      ),
    );
    removed += gone.filter((done) => done === true).length;
    passed += gone.filter((done) => done === null).length;
  }
  return removed;
}

async function removeObjects(storage: ObjectStore, uploadId: string): Promise<void> {
  await storage.direct?.abortMultipart(uploadKey(uploadId));
  await storage.deletePrefix(uploadPrefix(uploadId));
}
