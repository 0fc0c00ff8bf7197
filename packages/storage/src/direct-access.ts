/** How long an address is good for: from a moment (by default now) on. */
export interface Validity {
  from?: Date;
  seconds: number;
}

/** What one request has to bring: exactly this type, exactly so many bytes. */
export interface ExpectedBody {
  contentType: string;
  bytes: number;
}

export interface StoredPart {
  number: number;
  bytes: number;
  etag: string;
}

/**
 * Addresses under which clients reach the objects of a store themselves, without us in between. Making one asks the store
 * nothing. Keys as in ObjectStore; faults of the store are `storage_error`.
 */
export interface DirectAccess {
  /** For GET and HEAD; the answer has this type and is saved under this name. */
  getUrl(key: string, file: { name: string; contentType: string }, validity: Validity): Promise<string>;

  /** For a PUT whose type and length are signed: the store refuses others. */
  putUrl(key: string, body: ExpectedBody, validity: Validity): Promise<string>;

  /** For a multipart/form-data POST: the fields come before the file. Not every server of the protocol takes these. */
  postForm(
    key: string,
    body: ExpectedBody,
    validity: Validity,
  ): Promise<{ url: string; fields: Record<string, string> }>;

  /** Begins an object that comes in parts; gives the store's name for it. Nothing shows until it is completed. */
  beginMultipart(key: string, contentType: string): Promise<string>;

  /** For the PUT of one part, numbered from 1; the length is signed. */
  partUrl(
    key: string,
    part: { multipartId: string; number: number; bytes: number },
    validity: Validity,
  ): Promise<string>;

  /** The parts that have arrived, in order; null when there is no such upload (any more). */
  parts(key: string, multipartId: string): Promise<StoredPart[] | null>;

  /** Makes the object of its parts. Throws `not_found` when there is no such upload (any more). */
  completeMultipart(key: string, multipartId: string, parts: readonly StoredPart[]): Promise<void>;

  /** Drops the parts of every unfinished upload to this key. */
  abortMultipart(key: string): Promise<void>;
}
