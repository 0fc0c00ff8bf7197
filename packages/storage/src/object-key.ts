import { AppError } from '@packshot/contracts';

/** S3 allows 1024 bytes for the whole key; the difference is left for a configured prefix. */
const MAX_KEY_BYTES = 900;
/** The longest file name Linux file systems take. */
const MAX_SEGMENT_BYTES = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
const FORBIDDEN = /[\u0000-\u001f\u007f\\]/;

/**
 * Refuses keys that some adapter could not keep, or that would leave the folder of a file-system store: empty segments,
 * segments that start with a dot (so neither `..` nor the store's own folders), backslashes, control characters, broken
 * Unicode and too long ones. Throws `invalid_request`.
 */
export function assertObjectKey(key: string): void {
  const segments = key.split('/');
  if (key.length === 0 || segments.some((segment) => segment === '' || segment.startsWith('.'))) refuse(key);
  assertText(key, segments);
}

/** The same for the start of keys: the last segment may be empty or cut off, and everything may be absent. */
export function assertKeyPrefix(prefix: string): void {
  const segments = prefix.split('/');
  if (segments.slice(0, -1).some((segment) => segment === '') || segments.some((part) => part.startsWith('.'))) {
    refuse(prefix);
  }
  assertText(prefix, segments);
}

function assertText(key: string, segments: readonly string[]): void {
  if (FORBIDDEN.test(key) || Buffer.from(key, 'utf8').toString('utf8') !== key) refuse(key);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) refuse(key);
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) refuse(key);
}

function refuse(key: string): never {
  throw new AppError('invalid_request', `Not a valid object key: ${JSON.stringify(key.slice(0, 100))}`);
}
