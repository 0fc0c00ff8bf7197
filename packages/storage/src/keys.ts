import { AppError, isId } from '@packshot/contracts';

/** Names one try at one item, unique among all tries: a duplicate run writes elsewhere and harms nothing. */
export type Attempt = string | number;

const ATTEMPT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const FILE_NAME = /^[a-z][a-z-]{0,19}\.[a-z0-9]{1,8}$/;
const EXTENSION = /^[a-z0-9]{1,8}$/;

/** `jobs/{jobId}/`: everything that belongs to a job starts with this. */
export function jobPrefix(jobId: string): string {
  if (!isId('job', jobId)) refuse('job id', jobId);
  return `jobs/${jobId}/`;
}

/** `jobs/{jobId}/{itemId}/`: everything that belongs to an item. */
export function itemPrefix(jobId: string, itemId: string): string {
  if (!isId('item', itemId)) refuse('item id', itemId);
  return `${jobPrefix(jobId)}${itemId}/`;
}

/** `jobs/{jobId}/{itemId}/original`: the image as it was handed in. */
export function originalKey(jobId: string, itemId: string): string {
  return `${itemPrefix(jobId, itemId)}original`;
}

/** `jobs/{jobId}/{itemId}/{attempt}/`: everything one attempt wrote. */
export function attemptPrefix(jobId: string, itemId: string, attempt: Attempt): string {
  if (!ATTEMPT.test(String(attempt))) refuse('attempt', String(attempt));
  return `${itemPrefix(jobId, itemId)}${attempt}/`;
}

/** `jobs/{jobId}/{itemId}/{attempt}/result.{extension}`; the extension without its dot, for example `png`. */
export function resultKey(jobId: string, itemId: string, attempt: Attempt, extension: string): string {
  if (!EXTENSION.test(extension)) refuse('file extension', extension);
  return `${attemptPrefix(jobId, itemId, attempt)}result.${extension}`;
}

/** `jobs/{jobId}/{itemId}/{attempt}/mask.png` */
export function maskKey(jobId: string, itemId: string, attempt: Attempt): string {
  return `${attemptPrefix(jobId, itemId, attempt)}mask.png`;
}

/** `jobs/{jobId}/{itemId}/{attempt}/{name}`: another file beside the result, for example `preview.jpg`. */
export function extraKey(jobId: string, itemId: string, attempt: Attempt, name: string): string {
  if (!FILE_NAME.test(name)) refuse('file name', name);
  return `${attemptPrefix(jobId, itemId, attempt)}${name}`;
}

/** `jobs/{jobId}/{itemId}/{attempt}/result.json`: which models made the result, with what parameters, in what time. */
export function provenanceKey(jobId: string, itemId: string, attempt: Attempt): string {
  return `${attemptPrefix(jobId, itemId, attempt)}result.json`;
}

/** `uploads/{uploadId}/`: everything that belongs to an upload. */
export function uploadPrefix(uploadId: string): string {
  if (!isId('upl', uploadId)) refuse('upload id', uploadId);
  return `uploads/${uploadId}/`;
}

/** `uploads/{uploadId}/original`: the image that a client sent before it made a job of it. */
export function uploadKey(uploadId: string): string {
  return `${uploadPrefix(uploadId)}original`;
}

/** `uploads/{uploadId}/parts/{number}`: a piece of it, where the store cannot join pieces itself. */
export function uploadPartKey(uploadId: string, number: number): string {
  return `${uploadPrefix(uploadId)}parts/${number}`;
}

/** `embeddings/`: what models made of photos that users click on. */
export const EMBEDDINGS_PREFIX = 'embeddings/';

const SHA256 = /^[0-9a-f]{64}$/;
const EMBEDDING = /^[0-9a-f-]{1,140}\.bin$/;

/** `embeddings/{sha256}/`: those of one photo. */
export function embeddingsOf(photo: string): string {
  if (!SHA256.test(photo)) refuse('photo', photo);
  return `${EMBEDDINGS_PREFIX}${photo}/`;
}

/** `embeddings/{sha256}/{model and pixels}.bin` */
export function embeddingKey(photo: string, name: string): string {
  if (!EMBEDDING.test(name)) refuse('embedding', name);
  return `${embeddingsOf(photo)}${name}`;
}

/** Ids come from URLs too, so a key is never made of an unchecked one. */
function refuse(what: string, value: string): never {
  throw new AppError('invalid_request', `Not a valid ${what}: ${JSON.stringify(value.slice(0, 100))}`);
}
