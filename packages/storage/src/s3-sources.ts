import { AppError } from '@packshot/contracts';
import { z } from 'zod';

/** An object in any bucket. */
export interface BucketObject {
  bucket: string;
  key: string;
}

const SOURCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}(\/(.*\/)?)?$/s;

const sources = z.array(
  z.string().regex(SOURCE, 'each is a bucket, or bucket/prefix/ with a slash at its end').transform(withSlash),
);

/** Settings fragment: buckets that clients may name as the source of images. */
export const s3SourcesConfig = z.object({
  S3_SOURCES: z
    .union([sources, z.string().transform(split).pipe(sources)])
    .default([])
    .describe('buckets that items may refer to, comma-separated: `bucket`, or `bucket/prefix/` for a part of one'),
});

/** What decides whether an object may be read for a client. */
export interface SourceRules {
  /** Each `bucket/` or `bucket/prefix/`. */
  S3_SOURCES: readonly string[];
  S3_BUCKET?: string | undefined;
  S3_PREFIX: string;
}

/** Where our own objects lie: they belong to tenants, and are reached through jobs and uploads alone. */
const OWN_FOLDERS = ['jobs/', 'uploads/'];

/**
 * Throws `source_not_allowed`. A prefix ends at a slash, so `photos` never stands for `photos-private`; keys with `.` or
 * `..` between slashes are refused, since a proxy before the store might walk along them.
 */
export function assertAllowedSource(rules: SourceRules, { bucket, key }: BucketObject): void {
  const path = `${bucket}/${key}`;
  const listed = !bucket.includes('/') && key !== '' && rules.S3_SOURCES.some((source) => path.startsWith(source));
  const walks = key.split('/').some((segment) => segment === '.' || segment === '..');
  if (!listed || walks || isOwnObject(rules, { bucket, key })) throw new AppError('source_not_allowed');
}

/** Whether Packshot itself has put the object there. */
export function isOwnObject({ S3_BUCKET, S3_PREFIX }: SourceRules, { bucket, key }: BucketObject): boolean {
  const prefix = S3_PREFIX === '' ? '' : `${S3_PREFIX}/`;
  return bucket === S3_BUCKET && OWN_FOLDERS.some((folder) => key.startsWith(prefix + folder));
}

function withSlash(source: string): string {
  return source.endsWith('/') ? source : `${source}/`;
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
