import type { Readable } from 'node:stream';
import type { DirectAccess } from './direct-access';

export interface PutOptions {
  contentType: string;
  /** The most bytes the object may have. Past it the put fails with `file_too_large`. */
  maxBytes?: number;
  /** Ends the put; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface PutResult {
  bytes: number;
  /** SHA-256 of the bytes, in lower-case hexadecimal, computed while they passed. */
  sha256: string;
}

export interface GetOptions {
  signal?: AbortSignal;
  /** Only these bytes, both ends included; the end may lie behind the object's. */
  range?: { start: number; end: number };
}

export interface StoredObject {
  /** Fails with `storage_error` when the store fails half-way. Read it to its end or destroy it: it holds a connection. */
  body: Readable;
  /** Of the body. */
  bytes: number;
  contentType: string;
}

export interface ObjectHead {
  bytes: number;
  contentType: string;
}

export interface ListedObject {
  key: string;
  bytes: number;
  modifiedAt: Date;
}

/**
 * Where originals and results lie. Every adapter passes `conformance.ts`, so nobody needs to know which one is in use.
 *
 * Keys are paths of non-empty segments joined by `/`; what is allowed in them is in `object-key.ts`, and other keys are
 * refused with `invalid_request`. A key must not be a folder of another: beside `a/b` there is no object `a`. Faults of
 * the store are `storage_error`, with the vendor's error as the cause.
 */
export interface ObjectStore {
  /** Addresses for clients to send and fetch objects themselves; null where the store has none to give. */
  readonly direct: DirectAccess | null;

  /**
   * Streams `body` to `key`, replacing what is there. Until the whole body has arrived nothing is visible, and readers
   * see the old object or the new one, never a mixture.
   *
   * When it rejects, `body` is destroyed and nothing new is left behind. A source that fails rejects with its own error;
   * too many bytes with `file_too_large`.
   */
  put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<PutResult>;

  /** The object as it is now; a later overwrite does not change what is being read. Throws `not_found`. */
  get(key: string, options?: GetOptions): Promise<StoredObject>;

  /** Size and type, or null when there is no such object. */
  head(key: string): Promise<ObjectHead | null>;

  /** Deletes these objects; keys that do not exist are fine. */
  delete(keys: readonly string[]): Promise<void>;

  /** Deletes every object whose key starts with `prefix` and gives their number. The prefix must not be empty. */
  deletePrefix(prefix: string): Promise<number>;

  /** Every object whose key starts with `prefix`, in no promised order, in memory that does not grow with their number. */
  list(prefix: string): AsyncIterable<ListedObject>;

  /** For health: resolves when the store can be reached and written to, else throws `storage_error`. */
  check(): Promise<void>;

  /** Ends connections. The store is not used afterwards. */
  close(): Promise<void>;
}
