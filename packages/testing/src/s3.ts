import { randomUUID } from 'node:crypto';
import { dockerAnswers } from './docker';
import { createS3Bucket } from './s3-bucket';
import { startS3Container } from './s3-container';
import { startSwift } from './s3-swift';

/** How to reach an S3 server. */
export interface S3Access {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** `endpoint/bucket/key` in place of `bucket.endpoint/key`. */
  forcePathStyle: boolean;
}

export interface TestS3 extends S3Access {
  /** A new, empty bucket under a name nobody else has; gives the name. */
  createBucket(): Promise<string>;
  /** The settings by which our programs find `bucket` on this server. */
  environment(bucket: string): Record<string, string>;
  stop(): Promise<void>;
}

/** A started server: what it is, and how it ends. */
export interface StartedS3 {
  access: S3Access;
  stop(): Promise<void>;
}

/**
 * A real S3 server: the one that `TEST_S3_ENDPOINT` names (with `TEST_S3_ACCESS_KEY_ID`, `TEST_S3_SECRET_ACCESS_KEY` and,
 * if need be, `TEST_S3_REGION`), else a container, else OpenStack Swift from Debian's packages. Never skips: with none of
 * them it throws and says what is missing. The first start on a machine fetches packages and takes about 15 seconds.
 */
export async function startS3(): Promise<TestS3> {
  const { access, stop } = namedServer() ?? ((await dockerAnswers()) ? await startS3Container() : await startSwift());
  return {
    ...access,
    createBucket: async () => {
      const bucket = `packshot-${randomUUID()}`;
      await createS3Bucket(access, bucket);
      return bucket;
    },
    environment: (bucket) => ({
      STORAGE: 's3',
      S3_ENDPOINT: access.endpoint,
      S3_REGION: access.region,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: access.accessKeyId,
      S3_SECRET_ACCESS_KEY: access.secretAccessKey,
      S3_FORCE_PATH_STYLE: String(access.forcePathStyle),
    }),
    stop,
  };
}

function namedServer(): StartedS3 | undefined {
  const { TEST_S3_ENDPOINT: endpoint, TEST_S3_REGION: region = 'us-east-1' } = process.env;
  const { TEST_S3_ACCESS_KEY_ID: accessKeyId, TEST_S3_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (endpoint === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error('TEST_S3_ENDPOINT needs TEST_S3_ACCESS_KEY_ID and TEST_S3_SECRET_ACCESS_KEY');
  }
  const access = { endpoint, region, accessKeyId, secretAccessKey, forcePathStyle: true };
  return { access, stop: async () => undefined };
}
