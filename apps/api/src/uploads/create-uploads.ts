import { AppError, type LimitsConfig, type NewUpload, newId, type UploadTicket } from '@packshot/contracts';
import { createUploads, type UploadRecord } from '@packshot/jobs';
import { uploadKey } from '@packshot/storage';
import type { ApiConfig } from '../config';
import type { Deps } from '../deps';
import { fileName } from '../intake/file-name';
import { TaskSlots } from '../intake/task-slots';
import { partBytes, uploadTargets } from './targets';
import { uploadView } from './view';

/** Uploads in parts ask the store for a name each. */
const AT_ONCE = 8;

/**
 * Announces uploads: all of them or, when one cannot be, none. Records are written first, so that whatever is begun in the
 * store is found and cleared away if this process dies. Throws `file_too_large`, `invalid_request`.
 */
export async function announceUploads(
  deps: Deps,
  wanted: readonly NewUpload[],
  { tenant, baseUrl }: { tenant: string; baseUrl: string },
): Promise<UploadTicket[]> {
  refuseLarge(wanted, deps.config);
  const targets = uploadTargets(deps);
  const uploads = wanted.map((upload) => newUpload(upload, tenant, deps.config));
  await createUploads(deps.jobs.store, uploads);
  const slots = new TaskSlots(AT_ONCE);
  return Promise.all(
    uploads.map((upload) =>
      slots.run(async () => ({
        ...uploadView(upload, 'waiting', baseUrl),
        ...(await targets.open(upload, baseUrl)),
      })),
    ),
  );
}

/** A record of an upload that begins now. */
export function newUpload(
  { content_type: contentType, bytes, method, name }: NewUpload,
  tenant: string,
  { UPLOAD_HOURS }: Pick<ApiConfig, 'UPLOAD_HOURS'>,
): UploadRecord {
  const id = newId('upl');
  const now = Date.now();
  return {
    ...{ id, tenant, contentType, bytes, method },
    key: uploadKey(id),
    name: fileName(name),
    partBytes: method === 'multipart' ? partBytes(bytes) : null,
    multipartId: null,
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + UPLOAD_HOURS * 3_600_000).toISOString(),
  };
}

function refuseLarge(wanted: readonly NewUpload[], { MAX_FILE_BYTES }: LimitsConfig): void {
  const detail = `An image may have at most ${MAX_FILE_BYTES} bytes.`;
  const errors = wanted.flatMap(({ bytes }, index) =>
    bytes > MAX_FILE_BYTES
      ? [{ pointer: wanted.length > 1 ? `/uploads/${index}/bytes` : '/bytes', detail, code: 'file_too_large' as const }]
      : [],
  );
  if (errors.length > 0) throw new AppError('file_too_large', detail, { errors });
}
