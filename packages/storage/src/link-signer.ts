import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '@packshot/contracts';

/**
 * Signs addresses of ours that work without a key, until a time that is part of them. The signature covers the path and
 * every parameter, so nothing can be added or changed. An address serves one purpose: its path.
 */
export interface LinkSigner {
  /** `path?query&expires=…&signature=…`; `expires` in Unix seconds. */
  sign(path: string, query: Readonly<Record<string, string>>, expires: number): Promise<string>;
  /** The parameters of a signed address; throws `invalid_signature` when it is another, or over. */
  verify(path: string, query: URLSearchParams, now?: number): Promise<URLSearchParams>;
}

/** `fetchSecret` gives what is the same in every process of an installation; it is asked when first needed. */
export function createLinkSigner(fetchSecret: () => Promise<string>): LinkSigner {
  let known: Promise<string> | undefined;
  const secret = async () => {
    known ??= fetchSecret();
    return known.catch((error: unknown) => {
      known = undefined;
      throw error;
    });
  };
  return {
    async sign(path, query, expires) {
      const parameters = new URLSearchParams({ ...query, expires: String(expires) });
      parameters.set('signature', digest(await secret(), path, parameters).toString('base64url'));
      return `${path}?${parameters}`;
    },

    async verify(path, query, now = Date.now()) {
      const given = Buffer.from(query.get('signature') ?? '', 'base64url');
      const expected = digest(await secret(), path, query);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new AppError('invalid_signature', 'The signature of the URL is wrong.');
      }
      if (Number(query.get('expires')) * 1000 <= now) {
        throw new AppError('invalid_signature', 'The URL has expired.');
      }
      return query;
    },
  };
}

/** HMAC-SHA256 over the path and, percent-encoded and in order, every parameter but the signature. */
function digest(secret: string, path: string, query: URLSearchParams): Buffer {
  const signed = new URLSearchParams([...query].filter(([name]) => name !== 'signature'));
  signed.sort();
  return createHmac('sha256', secret).update(`${path}?${signed}`).digest();
}
