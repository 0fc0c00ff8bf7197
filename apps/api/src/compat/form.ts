import { AppError, type ImageLimits, imageLimits, newId } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { originalKey } from '@packshot/storage';
import type { Request } from 'express';
import type { Deps } from '../deps';
import type { Arrival } from '../intake/arrival';
import { fileName } from '../intake/file-name';
import { fieldFault } from '../intake/form';
import { readMultipart } from '../intake/multipart';
import { receiveImage } from '../intake/receive-image';

interface FacadeForm {
  /** The last of each name. */
  fields: Readonly<Record<string, string>>;
  files: readonly NewItem[];
}

interface FormRules {
  /** The fields that are images of the job. */
  images: readonly string[];
  /** Of all fields together. */
  maxFiles: number;
  limits: ImageLimits;
  maxFieldBytes?: number;
  /** Throws for a file that is no image by what the client says of it. */
  checkType?: (contentType: string) => void;
  /** Files that are no image of the job, whole. */
  onOther?: (field: string, bytes: Buffer) => void;
}

/**
 * Reads a form as the originals do: fields may come in any order and more than once, those that nobody knows are let be. The
 * images among its files are stored under the job while they arrive.
 */
export async function readFacadeForm(
  { config, storage }: Pick<Deps, 'config' | 'storage'>,
  request: Request,
  { jobId, watch }: Pick<Arrival, 'jobId' | 'watch'>,
  { images, maxFiles, limits, maxFieldBytes = config.MAX_JSON_BYTES, checkType, onOther }: FormRules,
): Promise<FacadeForm> {
  const fields: Record<string, string> = {};
  const files: NewItem[] = [];
  await readMultipart(request, {
    maxFiles,
    maxFileBytes: limits.maxFileBytes,
    maxFieldBytes,
    watch,
    onField: (name, text) => {
      fields[name] = text;
    },
    onFile: async ({ field, name, contentType, chunks, index, signal }) => {
      if (!images.includes(field)) {
        onOther?.(field, await whole(chunks, limits.maxFileBytes));
        return;
      }
      checkType?.(contentType);
      const id = newId('item');
      const key = originalKey(jobId, id);
      const received = await receiveImage(chunks, { key, name: fileName(name), storage, limits, signal });
      files[index] = { id, customId: null, pipeline: null, ...received };
    },
  });
  return { fields, files: files.filter(Boolean) };
}

/** The one image of a form. Throws `invalid_request` for none or several. */
export function onlyImage([image, second]: readonly NewItem[], field: string): NewItem {
  if (!image || second) throw fieldFault(field, image ? 'One file only' : 'Field required');
  return image;
}

/** The limits of images with a façade's own, which may only be narrower. */
export function narrower(config: Parameters<typeof imageLimits>[0], own: Partial<ImageLimits>): ImageLimits {
  const limits = imageLimits(config);
  return {
    ...limits,
    maxFileBytes: Math.min(limits.maxFileBytes, own.maxFileBytes ?? Number.POSITIVE_INFINITY),
    maxInputPixels: Math.min(limits.maxInputPixels, own.maxInputPixels ?? Number.POSITIVE_INFINITY),
  };
}

async function whole(chunks: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const read: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('file_too_large');
    read.push(chunk);
  }
  return Buffer.concat(read);
}
