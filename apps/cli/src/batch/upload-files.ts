import { openAsBlob } from 'node:fs';
import type { ItemError } from '@packshot/contracts';
import { type Packshot, PackshotError } from '@packshot/sdk';
import type { SourceFile } from './find-files';

export interface UploadedFile {
  file: SourceFile;
  /** Its id. */
  upload: string;
}

/** Sends the files to the object store; those that the server does not take are refused one by one, and the others sent. */
export async function uploadFiles(
  packshot: Packshot,
  files: readonly SourceFile[],
  { signal, refuse }: { signal: AbortSignal; refuse(file: SourceFile, error: ItemError): void },
): Promise<UploadedFile[]> {
  if (files.length === 0) return [];
  const images = await Promise.all(
    files.map(async ({ path, name }) => ({ data: await openAsBlob(path), name: lastPart(name) })),
  );
  try {
    const uploads = await packshot.uploads.createMany(images, { signal });
    return uploads.flatMap(({ id }, index) => {
      const file = files[index];
      return file ? [{ file, upload: id }] : [];
    });
  } catch (error) {
    const refused = error instanceof PackshotError && error.code === 'file_too_large' ? placesOf(error, files) : [];
    if (refused.length === 0) throw error;
    const { code, message, retryable } = error as PackshotError & { code: 'file_too_large' };
    for (const file of refused) refuse(file, { code, message, retryable });
    return uploadFiles(
      packshot,
      files.filter((file) => !refused.includes(file)),
      { signal, refuse },
    );
  }
}

/** The files that the server speaks of: `/uploads/7/bytes`, or `/bytes` of the only one. */
function placesOf({ errors }: PackshotError, files: readonly SourceFile[]): SourceFile[] {
  const places = errors.map(({ pointer }) => Number(/^\/uploads\/(\d+)\//.exec(pointer)?.[1] ?? 0));
  return files.filter((_, index) => places.includes(index));
}

function lastPart(name: string): string {
  return (name.split(/[\\/]/).at(-1) ?? name).slice(-255);
}
