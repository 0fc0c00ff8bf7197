import { Readable } from 'node:stream';
import { AppError, INPUT_FORMATS, imageLimits } from '@packshot/contracts';
import { createUploads } from '@packshot/jobs';
import type { Deps } from '../deps';
import { inspectHead } from '../intake/image-head';
import { newUpload } from './create-uploads';

/**
 * Makes an upload of an image that came within a request; gives its id. The record comes first, so that the sweeper finds what a dead
 * process left. Throws `file_too_large`, `empty_file`, `unsupported_format`, `image_too_large`, `storage_error`.
 */
export async function storeUpload(
  { config, jobs, storage }: Pick<Deps, 'config' | 'jobs' | 'storage'>,
  tenant: string,
  image: Buffer,
): Promise<string> {
  const { maxFileBytes } = imageLimits(config);
  if (image.length > maxFileBytes) {
    throw new AppError('file_too_large', `The file has ${image.length} bytes; ${maxFileBytes} are allowed.`);
  }
  const content_type = INPUT_FORMATS[inspectHead(image, imageLimits(config)).format];
  const upload = newUpload({ content_type, bytes: image.length, method: 'put' }, tenant, config);
  await createUploads(jobs.store, [upload]);
  const body = Readable.from([image], { objectMode: false });
  await storage.put(upload.key, body, { contentType: content_type, maxBytes: image.length });
  return upload.id;
}
