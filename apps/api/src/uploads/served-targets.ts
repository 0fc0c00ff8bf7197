import { Readable } from 'node:stream';
import { AppError } from '@packshot/contracts';
import type { UploadRecord } from '@packshot/jobs';
import { uploadPartKey } from '@packshot/storage';
import type { Deps } from '../deps';
import { hasArrived, partsMissing, plannedParts, type Target, type UploadTargets } from './targets';

/** Where we take the bytes of an upload ourselves; the signature of the address is all the key one needs. */
const contentPath = (uploadId: string) => `/uploads/${uploadId}/content`;
const partPath = (uploadId: string, number: number) => `/uploads/${uploadId}/parts/${number}`;

/** Clients send to us, by signed addresses of the same shape as a bucket's; parts lie apart until they are joined. */
export function servedTargets(deps: Pick<Deps, 'storage' | 'signer'>): UploadTargets {
  const { storage, signer } = deps;
  return { open, join };

  async function open(upload: UploadRecord, baseUrl: string): Promise<Target> {
    if (upload.method === 'post') {
      const detail = 'The object store of this installation takes no forms: use put or multipart.';
      throw new AppError('invalid_request', detail, { errors: [{ pointer: '/method', detail }] });
    }
    const expires = Math.floor(Date.parse(upload.expiresAt) / 1000);
    const address = async (path: string) => baseUrl + (await signer.sign(path, {}, expires));
    const target: Target = { url: null, headers: {}, fields: null, parts: null };
    if (upload.method === 'put') {
      const url = await address(contentPath(upload.id));
      return { ...target, url, headers: { 'Content-Type': upload.contentType } };
    }
    const parts = plannedParts(upload).map(async (part) => ({
      ...part,
      url: await address(partPath(upload.id, part.number)),
      headers: {},
    }));
    return { ...target, parts: await Promise.all(parts) };
  }

  async function join(upload: UploadRecord): Promise<void> {
    if (await hasArrived(deps, upload)) return;
    const parts = plannedParts(upload).map((part) => ({ ...part, key: uploadPartKey(upload.id, part.number) }));
    const heads = await Promise.all(parts.map(({ key }) => storage.head(key)));
    const missing = parts.filter(({ bytes }, index) => heads[index]?.bytes !== bytes);
    if (missing.length > 0) throw partsMissing(missing.map(({ number }) => number));
    const keys = parts.map(({ key }) => key);
    try {
      await storage.put(upload.key, Readable.from(contents(keys), { objectMode: false }), {
        contentType: upload.contentType,
        maxBytes: upload.bytes,
      });
    } catch (error) {
      // Another request may have joined them, and cleared them away, meanwhile.
      if (!(await hasArrived(deps, upload))) throw error;
    }
    await storage.delete(keys);
  }

  async function* contents(keys: readonly string[]): AsyncGenerator<Buffer> {
    for (const key of keys) yield* (await storage.get(key)).body;
  }
}
