import { join } from 'node:path';
import type { ModelRecord } from '../record';
import { type Digest, digestFile } from './checksums';
import { isMissing } from './durable-file';
import { readInstalled } from './installed';
import { layout } from './store-layout';

export interface VerifiedFile {
  path: string;
  /** `unpinned`: as it was when it came, but nobody has published what it should be. */
  state: 'ok' | 'unpinned' | 'missing' | 'damaged';
  detail: string | null;
}

/** Reads every byte of a model and compares it with the record, or, where that has no checksum, with what was installed. */
export async function verifyModel(store: string, modelsDir: string, record: ModelRecord): Promise<VerifiedFile[]> {
  const installed = await readInstalled(store, record.id);
  return Promise.all(
    record.files.map(async (file): Promise<VerifiedFile> => {
      const entry = installed?.files.find(({ path }) => path === file.path);
      const path =
        file.bundled === undefined ? layout.file(store, record.id, file.path) : join(modelsDir, file.bundled);
      if (file.bundled === undefined && entry === undefined) return { path: file.path, state: 'missing', detail: null };
      const digest = await read(path, { sha256: file.sha256 ?? entry?.sha256, md5: file.md5 });
      if (digest === null) return { path: file.path, state: 'missing', detail: null };
      const detail = digest.faults.join(', ') || null;
      const pinned = file.sha256 !== null || file.md5 !== null;
      return { path: file.path, state: detail === null ? (pinned ? 'ok' : 'unpinned') : 'damaged', detail };
    }),
  );
}

async function read(path: string, sums: Parameters<typeof digestFile>[1]): Promise<Digest | null> {
  return digestFile(path, sums).catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
}
