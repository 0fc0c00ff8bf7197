/**
 * # How objects lie in a bucket
 *
 *     [S3_PREFIX/]jobs/{jobId}/{itemId}/original                 what the client sent, byte for byte
 *     [S3_PREFIX/]jobs/{jobId}/{itemId}/{attempt}/result.{ext}   what one try at the item made
 *     [S3_PREFIX/]jobs/{jobId}/{itemId}/{attempt}/mask.png
 *     [S3_PREFIX/]jobs/{jobId}/{itemId}/{attempt}/result.json    how it was made
 *     [S3_PREFIX/]uploads/{uploadId}/original                    what a client sent before it made a job of it
 *     [S3_PREFIX/]packshot-health                                a few bytes that `check` overwrites
 *
 * Everything of a job shares one prefix, so retention and `DELETE /jobs/:id` are one listing each, and a bucket can be
 * read by a person. Job ids sort by time, so a listing of `jobs/` is a history.
 *
 * A result's key carries its attempt. Two workers that run the same item by accident write side by side; the transition
 * that ends the item names one of the keys, and that publishes it. So nothing here needs a lock, a rename (S3 has none) or
 * a conditional write (which other servers implement in part). An attempt that lost is removed with its job.
 *
 * Uploads whose length is not known go up in parts. Until the last call S3 shows nothing, and when the body fails the parts
 * are dropped. Parts of an upload whose process was killed stay hidden and are billed: give the bucket a lifecycle rule
 * that ends incomplete multipart uploads after a day.
 */
import type { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type ObjectIdentifier,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { AppError } from '@packshot/contracts';
import type { DirectAccess } from './direct-access';
import { Intake } from './intake';
import { assertKeyPrefix, assertObjectKey } from './object-key';
import type {
  GetOptions,
  ListedObject,
  ObjectHead,
  ObjectStore,
  PutOptions,
  PutResult,
  StoredObject,
} from './object-store';
import { outlet } from './outlet';
import { createS3Client, createS3Signer, S3_TIMEOUT_MS, type S3Access } from './s3-client';
import { createS3DirectAccess } from './s3-direct';
import { isNamed, toAppError, translated } from './s3-errors';

const DEFAULT_TYPE = 'application/octet-stream';
const HEALTH_KEY = 'packshot-health';

/** One upload holds at most `PART_BYTES * (PARTS_IN_FLIGHT + 1)` bytes, whatever its size. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_IN_FLIGHT = 2;
/** DeleteObjects takes this many keys. */
const DELETE_BATCH = 1000;

export interface S3StoreOptions extends S3Access {
  bucket: string;
  /** Put before every key, without slashes at its ends; may be empty. */
  prefix: string;
  /** The address that clients reach the server at; default: ours. */
  publicEndpoint?: string;
  /** Whether clients reach it at all; default true. */
  direct?: boolean;
  /** For one try at a request until the answer begins, and between two pieces of its body. Default 60,000. */
  timeoutMs?: number;
}

/** Objects in one bucket of S3 or of a server that speaks its protocol. Opens no connection yet; `check` does. */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const { bucket, prefix, publicEndpoint, direct = true, timeoutMs = S3_TIMEOUT_MS, ...access } = options;
  const client = createS3Client(access, timeoutMs);
  const signer = direct
    ? createS3Signer({ ...access, ...(publicEndpoint !== undefined && { endpoint: publicEndpoint }) })
    : null;
  return new S3Store(client, signer, bucket, prefix === '' ? '' : `${prefix}/`, timeoutMs);
}

class S3Store implements ObjectStore {
  readonly direct: DirectAccess | null;

  constructor(
    readonly client: S3Client,
    readonly signer: S3Client | null,
    readonly bucket: string,
    readonly prefix: string,
    readonly timeoutMs: number,
  ) {
    this.direct = signer && createS3DirectAccess({ client, signer, at: (key) => this.#at(key) });
  }

  async put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<PutResult> {
    const intake = new Intake(body, options);
    try {
      assertObjectKey(key);
      // The signal ends the body, not the upload: an aborted `Upload` rejects before it has dropped its parts.
      await new Upload({
        client: this.client,
        params: { ...this.#at(key), Body: intake.stream, ContentType: options.contentType },
        partSize: PART_BYTES,
        queueSize: PARTS_IN_FLIGHT,
      }).done();
      return intake.result();
    } catch (error) {
      throw intake.blame(error, toAppError);
    } finally {
      intake.close();
    }
  }

  async get(key: string, { signal, range }: GetOptions = {}): Promise<StoredObject> {
    assertObjectKey(key);
    signal?.throwIfAborted();
    const answer = await this.client
      .send(
        new GetObjectCommand({ ...this.#at(key), Range: range && `bytes=${range.start}-${range.end}` }),
        signal === undefined ? {} : { abortSignal: signal },
      )
      .catch((error: unknown) => {
        if (signal?.aborted) throw signal.reason;
        throw isNamed(error, 'NoSuchKey') ? new AppError('not_found') : toAppError(error);
      });
    // In Node the body is always a stream; its type also covers browsers.
    const body = outlet(answer.Body as Readable, { translate: toAppError, signal, stallTimeoutMs: this.timeoutMs });
    return { body, bytes: answer.ContentLength ?? 0, contentType: answer.ContentType ?? DEFAULT_TYPE };
  }

  async head(key: string): Promise<ObjectHead | null> {
    assertObjectKey(key);
    try {
      const found = await this.client.send(new HeadObjectCommand(this.#at(key)));
      return { bytes: found.ContentLength ?? 0, contentType: found.ContentType ?? DEFAULT_TYPE };
    } catch (error) {
      if (!isNamed(error, 'NotFound')) throw toAppError(error);
    }
    // The answer to HEAD has no body, so a missing bucket looks like a missing key.
    await translated(() => this.client.send(new HeadBucketCommand({ Bucket: this.bucket })));
    return null;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertObjectKey(key);
    for (let start = 0; start < keys.length; start += DELETE_BATCH) {
      await this.#deleteBatch(keys.slice(start, start + DELETE_BATCH).map((key) => ({ Key: this.prefix + key })));
    }
  }

  async deletePrefix(prefix: string): Promise<number> {
    if (prefix === '') throw new AppError('invalid_request', 'An empty prefix would delete everything.');
    let deleted = 0;
    let batch: string[] = [];
    const flush = async () => {
      await this.delete(batch);
      deleted += batch.length;
      batch = [];
    };
    for await (const { key } of this.list(prefix)) {
      batch.push(key);
      if (batch.length === DELETE_BATCH) await flush();
    }
    await flush();
    return deleted;
  }

  async #deleteBatch(objects: ObjectIdentifier[]): Promise<void> {
    const command = new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: objects, Quiet: true } });
    const { Errors: errors = [] } = await translated(() => this.client.send(command));
    const [first] = errors;
    if (first !== undefined) throw toAppError(new Error(`${first.Code}: ${first.Message} (${first.Key})`));
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    assertKeyPrefix(prefix);
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: this.prefix + prefix });
    for (;;) {
      // Only the fetching is translated: what the reader throws is its own.
      const page = await translated(() => pages.next());
      if (page.done) return;
      for (const { Key: key, Size: bytes, LastModified: modifiedAt } of page.value.Contents ?? []) {
        if (key === undefined || modifiedAt === undefined) continue;
        yield { key: key.slice(this.prefix.length), bytes: bytes ?? 0, modifiedAt };
      }
    }
  }

  async check(): Promise<void> {
    await translated(() => this.client.send(new PutObjectCommand({ ...this.#at(HEALTH_KEY), Body: 'writable?' })));
  }

  async close(): Promise<void> {
    this.client.destroy();
    this.signer?.destroy();
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.prefix + key };
  }
}
