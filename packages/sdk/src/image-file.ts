import { INPUT_FORMATS, sniffImageFormat } from '@packshot/contracts';
import { PackshotError } from './errors';

/** The bytes of an image. In Node, `fs.openAsBlob(path)` gives a Blob that is read when it is sent, piece by piece. */
export type ImageBytes = Blob | Uint8Array<ArrayBuffer> | ArrayBuffer;

export interface ImageFile {
  data: ImageBytes;
  /** A file name, for downloads and archives. Default: the name of a `File`. */
  name?: string | undefined;
}

export function toBlob(data: ImageBytes): Blob {
  return data instanceof Blob ? data : new Blob([data]);
}

export function nameOf({ data, name }: ImageFile): string | undefined {
  const own = (data as { name?: unknown }).name;
  return name ?? (typeof own === 'string' && own !== '' ? own : undefined);
}

/** By its first bytes, as the server looks at it. @throws unsupported_format, empty_file */
export async function contentTypeOf(blob: Blob, name = 'The image'): Promise<string> {
  if (blob.size === 0) throw new PackshotError('empty_file', `${name} is empty.`);
  const format = sniffImageFormat(new Uint8Array(await blob.slice(0, 64).arrayBuffer()));
  if (format === null) {
    const formats = Object.keys(INPUT_FORMATS).join(', ');
    throw new PackshotError('unsupported_format', `${name} is no image that Packshot reads (${formats}).`);
  }
  return INPUT_FORMATS[format];
}
