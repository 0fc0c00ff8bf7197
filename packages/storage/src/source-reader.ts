import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { AppError } from '@packshot/contracts';
import { type StorageConfig, s3Access } from './config';
import type { StoredObject } from './object-store';
import { outlet } from './outlet';
import { createS3Client, S3_TIMEOUT_MS } from './s3-client';
import { isNamed, toAppError } from './s3-errors';
import { assertAllowedSource, type BucketObject } from './s3-sources';

/** Reads objects of the buckets that `S3_SOURCES` names, whichever store keeps our own. */
export interface SourceReader {
  /** Throws `source_not_allowed`, `source_missing`, `storage_error`. */
  get(source: BucketObject & { version?: string }, options?: { signal?: AbortSignal }): Promise<StoredObject>;
  close(): Promise<void>;
}

/** What a server says of an object that is not there, or that our credentials may not see. */
const MISSING = ['NoSuchKey', 'NoSuchBucket', 'NoSuchVersion', 'NotFound', 'AccessDenied'];

export function createSourceReader(config: StorageConfig): SourceReader {
  const client = createS3Client(s3Access(config));
  return {
    async get({ bucket, key, version }, { signal } = {}) {
      assertAllowedSource(config, { bucket, key });
      signal?.throwIfAborted();
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version });
      const answer = await client
        .send(command, signal === undefined ? {} : { abortSignal: signal })
        .catch((error: unknown) => {
          if (signal?.aborted) throw signal.reason;
          throw isNamed(error, ...MISSING)
            ? new AppError('source_missing', undefined, { cause: error })
            : toAppError(error);
        });
      // In Node the body is always a stream; its type also covers browsers.
      const body = outlet(answer.Body as Readable, {
        translate: toAppError,
        signal,
        stallTimeoutMs: S3_TIMEOUT_MS,
      });
      const contentType = answer.ContentType ?? 'application/octet-stream';
      return { body, bytes: answer.ContentLength ?? 0, contentType };
    },
    close: async () => client.destroy(),
  };
}
