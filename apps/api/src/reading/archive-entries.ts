import { Readable } from 'node:stream';
import type { ArchivePart } from '@packshot/contracts';
import { type FileLinks, type ItemRecord, type JobRecord, type JobStore, resultName, toItemView } from '@packshot/jobs';
import type { ObjectStore } from '@packshot/storage';
import { createNamer } from './unique-names';

/** Items whose records are in memory at once. */
const PAGE = 500;

export interface ArchiveEntry {
  name: string;
  /** What there must be of it, where that is known. */
  bytes?: number;
  open(signal: AbortSignal): Promise<Readable>;
}

export interface ArchiveSources {
  store: JobStore;
  storage: ObjectStore;
  links: FileLinks;
  baseUrl: string;
}

/**
 * What goes into a job's archive, in the order of its items: the result of each that has succeeded so far, `masks/…` and
 * `originals/…` of the same items where they are asked for, and `report.ndjson` with every item last. Originals that were
 * named by `url` or `s3` were never stored, and are left out.
 */
export async function* archiveEntries(
  sources: ArchiveSources,
  job: JobRecord,
  parts: readonly ArchivePart[],
): AsyncGenerator<ArchiveEntry> {
  const stored = (key: string) => async (signal: AbortSignal) => (await sources.storage.get(key, { signal })).body;
  const nameResult = createNamer();
  const nameMask = createNamer();
  const nameOriginal = createNamer();
  for await (const item of itemsOf(sources.store, job)) {
    const { result, mask, source, input, status } = item;
    if (status !== 'succeeded' || !result) continue;
    yield { name: nameResult(resultName(item, result.content_type)), bytes: result.bytes, open: stored(result.key) };
    if (mask && parts.includes('masks')) {
      const name = `masks/${nameMask(resultName(item, mask.content_type, '-mask'))}`;
      yield { name, bytes: mask.bytes, open: stored(mask.key) };
    }
    if (source && 'key' in source && source.kind !== 's3' && parts.includes('originals')) {
      const name = `originals/${nameOriginal(input.name ?? resultName(item, input.content_type ?? ''))}`;
      yield { name, open: stored(source.key) };
    }
  }
  if (parts.includes('report')) {
    const open = async () => Readable.from(reportLines(sources, job), { objectMode: false });
    yield { name: nameResult('report.ndjson'), open };
  }
}

async function* itemsOf(store: JobStore, job: JobRecord): AsyncGenerator<ItemRecord> {
  for (let from = 0; from < job.counts.total; from += PAGE) yield* await store.listItems(job.id, from, PAGE);
}

async function* reportLines({ store, links, baseUrl }: ArchiveSources, job: JobRecord): AsyncGenerator<string> {
  for await (const item of itemsOf(store, job)) yield `${JSON.stringify(await toItemView(item, baseUrl, links))}\n`;
}
