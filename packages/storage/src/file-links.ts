import type { DirectAccess } from './direct-access';
import type { LinkSigner } from './link-signer';
import type { ObjectStore } from './object-store';

/** A stored file as far as a link to it needs to know it. */
export interface LinkedFile {
  key: string;
  content_type: string;
  sha256: string;
}

export interface FileLinksOptions {
  /** Signs the links that the API serves itself. */
  signer: LinkSigner;
  /** Where the files are; clients are sent to it directly if it can give addresses. */
  storage: Pick<ObjectStore, 'direct'>;
  /** How long a link is good for at least; at most twice as long. */
  lifetimeSeconds: number;
}

/** Where the API serves files; the rest of the path is the key. */
export const FILES_PATH = '/files/';

/** Presigning costs a millisecond, and clients that wait ask for the same items again and again. */
const REMEMBERED = 10_000;

/**
 * Addresses under which stored files can be fetched without a key, for a while. They begin and end at the turn of a period,
 * so that the same file has the same address for some time, and caches and ETags stay good.
 */
export function createFileLinks({ signer, storage: { direct }, lifetimeSeconds }: FileLinksOptions) {
  const seconds = 2 * lifetimeSeconds;
  const presigned = new Map<string, Promise<string>>();

  function presign(direct: DirectAccess, key: string, name: string, contentType: string, expires: number) {
    const id = JSON.stringify([key, name, contentType, expires]);
    const known = presigned.get(id);
    if (known !== undefined) return known;
    if (presigned.size >= REMEMBERED) presigned.clear();
    const from = new Date((expires - seconds) * 1000);
    const made = direct.getUrl(key, { name, contentType }, { from, seconds });
    presigned.set(id, made);
    made.catch(() => presigned.delete(id));
    return made;
  }

  return {
    async urlOf({ key, content_type: type, sha256 }: LinkedFile, name: string, baseUrl: string) {
      const expires = linkExpiry(lifetimeSeconds);
      const url =
        direct === null
          ? baseUrl + (await signer.sign(FILES_PATH + key, { name, type, sha256 }, expires))
          : await presign(direct, key, name, type, expires);
      return { url, expires_at: new Date(expires * 1000).toISOString() };
    },
  };
}

/** Unix seconds: the end of the period after the present one. */
function linkExpiry(lifetimeSeconds: number, now = Date.now()): number {
  return (Math.floor(now / 1000 / lifetimeSeconds) + 2) * lifetimeSeconds;
}
