import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import type { ModelRecord } from '../models/record';

/**
 * The path of a record's file, after its bytes were compared with the record.
 * @throws model_not_available when the file is absent, model_mismatch when it is another file
 */
export async function findWeights(modelsDir: string, record: ModelRecord): Promise<string> {
  const path = join(modelsDir, record.file);
  if (!path.startsWith(join(modelsDir, sep))) {
    throw new AppError('model_mismatch', `The file of ${record.id} lies outside the models folder.`);
  }
  const sha256 = await hashFile(path).catch((cause) => {
    throw new AppError('model_not_available', `The file of the model ${record.id} is not installed.`, { cause });
  });
  if (sha256 !== record.sha256) {
    throw new AppError('model_mismatch', `The file of the model ${record.id} is not the one its record names.`);
  }
  return path;
}

/** SHA-256 of a file, streamed, in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
