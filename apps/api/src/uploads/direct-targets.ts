import { AppError } from '@packshot/contracts';
import { noteMultipart, type UploadRecord } from '@packshot/jobs';
import type { DirectAccess } from '@packshot/storage';
import type { Deps } from '../deps';
import { hasArrived, partsMissing, plannedParts, type Target, type UploadTargets } from './targets';

/** Clients send to the bucket, by presigned requests. */
export function directTargets(deps: Pick<Deps, 'storage' | 'jobs'>, direct: DirectAccess): UploadTargets {
  return { open, join };

  async function open(upload: UploadRecord): Promise<Target> {
    const { key, contentType, bytes } = upload;
    const seconds = Math.floor((Date.parse(upload.expiresAt) - Date.parse(upload.createdAt)) / 1000);
    const validity = { from: new Date(upload.createdAt), seconds };
    const target: Target = { url: null, headers: {}, fields: null, parts: null };
    if (upload.method === 'post') {
      return { ...target, ...(await direct.postForm(key, { contentType, bytes }, validity)) };
    }
    if (upload.method === 'put') {
      const url = await direct.putUrl(key, { contentType, bytes }, validity);
      return { ...target, url, headers: { 'Content-Type': contentType } };
    }
    const multipartId = await direct.beginMultipart(key, contentType);
    await noteMultipart(deps.jobs.store, upload.id, multipartId);
    const parts = plannedParts(upload).map(async (part) => ({
      ...part,
      url: await direct.partUrl(key, { multipartId, ...part }, validity),
      headers: {},
    }));
    return { ...target, parts: await Promise.all(parts) };
  }

  async function join(upload: UploadRecord): Promise<void> {
    const { key, multipartId } = upload;
    const sent = multipartId === null ? null : await direct.parts(key, multipartId);
    // Without parts it may have been joined before.
    if (multipartId === null || sent === null) return requireArrived(upload);
    const planned = plannedParts(upload);
    const there = new Map(sent.map((part) => [part.number, part]));
    const missing = planned.filter(({ number, bytes }) => there.get(number)?.bytes !== bytes);
    if (missing.length > 0) throw partsMissing(missing.map(({ number }) => number));
    const parts = sent.filter(({ number }) => number <= planned.length);
    await direct.completeMultipart(key, multipartId, parts).catch((error: unknown) => {
      if (AppError.from(error).code !== 'not_found') throw error;
      return requireArrived(upload);
    });
  }

  async function requireArrived(upload: UploadRecord): Promise<void> {
    if (!(await hasArrived(deps, upload))) throw new AppError('upload_incomplete');
  }
}
