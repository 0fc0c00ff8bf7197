import { join } from 'node:path';
import { AppError, type BackgroundImage, backgroundImage, type Pipeline } from '@packshot/contracts';
import type { ItemSource, JobRecord } from '@packshot/jobs';
import { uploadKey } from '@packshot/storage';
import { type FetchRules, fetchInput, type ImageStores } from './fetch-input';
import type { Spool } from './spool';

/**
 * Brings the image that a pipeline composes before into `folder`, as images of items are fetched, but once for all items of a job. Null
 * when the pipeline names none. Throws what `fetchInput` throws.
 */
export async function fetchBackground(
  job: Pick<JobRecord, 'id'>,
  pipeline: Pipeline,
  folder: string,
  { spool, rules, ...stores }: ImageStores & { spool: Spool; rules: FetchRules },
): Promise<string | null> {
  const image = backgroundImage(pipeline);
  if (image === null) return null;
  const source = sourceOf(image);
  const path = join(folder, 'background');
  // Others may wait for the same file: that one of them is canceled must not take it from them.
  const { signal } = new AbortController();
  try {
    await spool.share(JSON.stringify([job.id, source]), path, (to) => fetchInput(source, to, stores, rules, signal));
  } catch (cause) {
    const { code, message } = AppError.from(cause);
    throw new AppError(code, `The background: ${message}`, { cause });
  }
  return path;
}

function sourceOf({ url, upload, s3 }: BackgroundImage): ItemSource {
  if (url !== undefined) return { kind: 'url', url };
  if (s3 !== undefined) return { kind: 's3', ...s3 };
  // When the job was accepted, base64 became an upload.
  return { kind: 'upload', key: uploadKey(upload ?? '') };
}
