import { AppError, type InputFacts, idPattern, type JsonItem } from '@packshot/contracts';
import { findUploads, type ItemSource } from '@packshot/jobs';
import { checkUrl } from '@packshot/service';
import { assertAllowedSource } from '@packshot/storage';
import type { Deps } from '../deps';

type Reference = Omit<JsonItem, 'base64'>;

/** Where an item leads, and what is known of the image there. */
interface Referred {
  source: ItemSource;
  input: Partial<InputFacts>;
}

const UPLOAD_ID = idPattern('upl');

/**
 * Answers where the references of a request lead, as far as can be known without fetching them. All uploads that it names
 * are looked up at once: ten thousand cost one exchange with Redis. What it gives throws a code for the item.
 */
export async function openReferences(
  { config, jobs }: Pick<Deps, 'config' | 'jobs'>,
  tenant: string,
  items: readonly unknown[],
): Promise<(item: Reference) => Referred> {
  const uploads = await findUploads(jobs.store, uploadIds(items), tenant);
  return ({ url, s3, upload: uploadId }) => {
    if (url !== undefined) {
      checkUrl(url, { allowHosts: config.ALLOW_PRIVATE_HOSTS });
      return { source: { kind: 'url', url }, input: {} };
    }
    if (s3 !== undefined) {
      assertAllowedSource(config, s3);
      return { source: { kind: 's3', ...s3 }, input: {} };
    }
    const upload = uploads.get(uploadId ?? '');
    if (!upload) throw new AppError('source_missing', 'There is no such upload; it may have run out.');
    const { key, name, bytes, contentType: content_type } = upload;
    return { source: { kind: 'upload', key }, input: { name, bytes, content_type } };
  };
}

/** The entries of `items` are not checked yet. */
function uploadIds(items: readonly unknown[]): string[] {
  const ids = items.map((item) => (item as { upload?: unknown } | null)?.upload);
  return [...new Set(ids.filter((id) => typeof id === 'string' && UPLOAD_ID.test(id)))] as string[];
}

/** The last part of a path, as a file name. */
export function lastSegment(item: Reference): string | null {
  const path = item.s3?.key ?? (item.url !== undefined && URL.canParse(item.url) ? new URL(item.url).pathname : '');
  const segment = path.split('/').at(-1);
  if (!segment || item.s3) return segment || null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
