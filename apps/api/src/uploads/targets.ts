import { AppError, type UploadTicket } from '@packshot/contracts';
import type { UploadRecord } from '@packshot/jobs';
import type { Deps } from '../deps';
import { directTargets } from './direct-targets';
import { servedTargets } from './served-targets';

/** Where a client sends the bytes of an upload, and how. */
export type Target = Pick<UploadTicket, 'url' | 'headers' | 'fields' | 'parts'>;

/** How the bytes of uploads come into the store: two implementations, alike from outside. */
export interface UploadTargets {
  /** Makes the addresses, good until the upload ends. Throws `invalid_request` for a method that the store has not. */
  open(upload: UploadRecord, baseUrl: string): Promise<Target>;
  /** Joins the parts of an upload, all of which must be there: throws `upload_incomplete`. Doing it twice is doing it once. */
  join(upload: UploadRecord): Promise<void>;
}

/** Into a bucket clients send themselves; into a local folder through us. */
export function uploadTargets(deps: Deps): UploadTargets {
  return deps.storage.direct === null ? servedTargets(deps) : directTargets(deps, deps.storage.direct);
}

/** Whether the whole image is in the store. */
export async function hasArrived({ storage }: Pick<Deps, 'storage'>, upload: UploadRecord): Promise<boolean> {
  return (await storage.head(upload.key))?.bytes === upload.bytes;
}

/** Parts of this size, or larger ones where there would be too many; S3 takes none under 5 MiB, but for the last. */
const PART_BYTES = 8 * 2 ** 20;
const MOST_PARTS = 1000;

export function partBytes(bytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS / 2 ** 20) * 2 ** 20);
}

/** The parts an upload is to come in; one in a single piece has none. */
export function plannedParts({ bytes, partBytes }: UploadRecord): { number: number; bytes: number }[] {
  if (partBytes === null) return [];
  return Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => ({
    number: index + 1,
    bytes: Math.min(partBytes, bytes - index * partBytes),
  }));
}

/** `upload_incomplete`, naming the first parts that are missing. */
export function partsMissing(numbers: readonly number[]): AppError {
  const named = numbers.slice(0, 20).join(', ') + (numbers.length > 20 ? ', …' : '');
  return new AppError('upload_incomplete', `These parts have not arrived: ${named}.`);
}
