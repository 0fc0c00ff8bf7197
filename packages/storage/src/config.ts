import { z } from 'zod';
import type { S3Access } from './s3-client';
import { s3SourcesConfig } from './s3-sources';

const text = z.string().trim().min(1);
const flag = z.union([z.boolean(), z.stringbool()]);

/** Settings fragment: where originals and results are kept. */
export const storageConfig = z.object({
  STORAGE: z
    .enum(['filesystem', 's3'])
    .optional()
    .describe('where images are kept: filesystem or s3 (default: s3 when S3_BUCKET is set, else filesystem)'),
  STORAGE_DIR: text.default('.packshot/objects').describe('folder of the filesystem store'),
  S3_BUCKET: text.optional().describe('bucket of the s3 store'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('address of an S3 server other than AWS'),
  S3_PUBLIC_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('address that clients reach the S3 server at, for presigned URLs (default: S3_ENDPOINT)'),
  S3_DIRECT: flag
    .default(true)
    .describe('false: clients do not reach the S3 server; uploads and links go through the API'),
  S3_REGION: text.default('us-east-1').describe('region of the bucket'),
  S3_ACCESS_KEY_ID: text.optional().describe("access key; without it AWS's own credential chain is asked"),
  S3_SECRET_ACCESS_KEY: text.optional().describe('secret of the access key'),
  S3_FORCE_PATH_STYLE: flag
    .optional()
    .describe('true: the bucket is in the path, not in the host name (default: true when S3_ENDPOINT is set)'),
  S3_PREFIX: z
    .string()
    .max(100)
    .regex(/^([A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*)?$/, 'letters, digits, - and _, in parts joined by /')
    .default('')
    .describe('put before every key in the bucket'),
  LINK_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .max(302_400)
    .default(3600)
    .describe('how long a link to a result is good for at least; at most twice as long'),
  ...s3SourcesConfig.shape,
});

export type StorageConfig = z.infer<typeof storageConfig>;

/** The store a configuration asks for. Throws an Error that names the variable when settings contradict each other. */
export function storageKind(config: StorageConfig): 'filesystem' | 's3' {
  const kind = config.STORAGE ?? (config.S3_BUCKET === undefined ? 'filesystem' : 's3');
  if (kind === 's3' && config.S3_BUCKET === undefined) throw new Error('STORAGE=s3 needs S3_BUCKET');
  if ((config.S3_ACCESS_KEY_ID === undefined) !== (config.S3_SECRET_ACCESS_KEY === undefined)) {
    throw new Error('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together: set both or neither');
  }
  return kind;
}

/** How the S3 server of a configuration is reached, by us or, with `endpoint`, by clients. */
export function s3Access(config: StorageConfig, endpoint: string | undefined = config.S3_ENDPOINT): S3Access {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  return {
    region: config.S3_REGION,
    forcePathStyle: config.S3_FORCE_PATH_STYLE ?? config.S3_ENDPOINT !== undefined,
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
  };
}
