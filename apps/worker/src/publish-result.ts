import { createReadStream } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { ItemOutcome, ItemRecord, StoredFile } from '@packshot/jobs';
import type { RunFile, RunReport } from '@packshot/pipeline';
import { extraKey, maskKey, type ObjectStore, provenanceKey, resultKey } from '@packshot/storage';

/**
 * Uploads what the engine wrote, under keys that only this attempt has: a duplicate run writes beside it, and nobody sees
 * any of it before the transition names the keys. Gives what the transition has to know.
 */
export async function publishResult(
  item: ItemRecord,
  report: RunReport,
  outputDir: string,
  storage: ObjectStore,
  signal: AbortSignal,
): Promise<Pick<ItemOutcome, 'input' | 'result' | 'mask' | 'also' | 'subject' | 'lint' | 'stages' | 'notes'>> {
  const upload = async (path: string, key: string, contentType: string) => {
    await storage.put(key, createReadStream(path), { contentType, signal });
  };
  const place = async ({ path, ...facts }: RunFile, key: string): Promise<StoredFile> => {
    await upload(path, key, facts.content_type);
    return { ...facts, key };
  };
  const { jobId, id, attempts } = item;
  const placeExtra = async ([name, file]: [string, RunFile]) => [
    name,
    await place(file, extraKey(jobId, id, attempts, basename(file.path))),
  ];
  const [result, mask, extras] = await Promise.all([
    place(report.result, resultKey(jobId, id, attempts, extname(report.result.path).slice(1))),
    report.mask === null ? null : place(report.mask, maskKey(jobId, id, attempts)),
    Promise.all(Object.entries(report.also).map(placeExtra)),
    upload(join(outputDir, 'result.json'), provenanceKey(jobId, id, attempts), 'application/json'),
  ]);
  const { content_type, width, height, bytes, sha256 } = report.input;
  return {
    input: { ...item.input, content_type, width, height, bytes, sha256 },
    result,
    mask,
    also: Object.fromEntries(extras),
    subject: report.subject,
    lint: report.lint,
    stages: report.stages,
    notes: report.notes,
  };
}
