import { AppError, isId } from '@packshot/contracts';
import { findUploads, type UploadRecord } from '@packshot/jobs';
import type { Request } from 'express';
import type { Deps } from '../deps';

/** The upload in the path; throws `not_found`, also for that of another tenant. `tenant: null` finds everybody's. */
export async function requireUpload(
  { jobs }: Pick<Deps, 'jobs'>,
  request: Request,
  tenant: string | null,
): Promise<UploadRecord> {
  const id = String(request.params.upload);
  const upload = isId('upl', id) ? (await findUploads(jobs.store, [id], tenant)).get(id) : undefined;
  if (!upload) throw new AppError('not_found', 'There is no such upload; it may have run out.');
  return upload;
}
