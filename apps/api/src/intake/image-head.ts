import {
  AppError,
  checkInputSize,
  type ImageLimits,
  type ImageSize,
  INPUT_FORMATS,
  type InputFormat,
  sniffImageFormat,
} from '@packshot/contracts';
import { imageSize } from 'image-size';
import { jpegUpToSize } from './jpeg-head';

/** So much of a file is looked at. A JPEG's size can come after several 64 KB segments of metadata. */
export const HEAD_BYTES = 512 * 1024;

export interface ImageHead {
  format: InputFormat;
  content_type: string;
  /** As shown, that is after orientation; null when the head does not tell, and then the worker finds out. */
  width: number | null;
  height: number | null;
}

/**
 * What the first bytes of a file say of it: at least HEAD_BYTES of them, or the whole file.
 * Throws `empty_file`, `unsupported_format`, `image_too_large`.
 */
export function inspectHead(head: Buffer, limits: ImageLimits): ImageHead {
  if (head.length === 0) throw new AppError('empty_file');
  const format = sniffImageFormat(head);
  if (!format) throw new AppError('unsupported_format');
  const size = headerSize(head, format);
  if (size) checkInputSize(size, limits);
  return { format, content_type: INPUT_FORMATS[format], width: size?.width ?? null, height: size?.height ?? null };
}

/** What a damaged header makes the library throw is left to the worker, who reads the file with the real decoder. */
function headerSize(head: Buffer, format: InputFormat): ImageSize | null {
  const bytes = format === 'jpeg' ? jpegUpToSize(head) : head;
  // The twelve-byte header of OS/2 bitmaps holds its numbers elsewhere than the library looks.
  if (!bytes || (format === 'bmp' && (head.length < 26 || head.readUInt32LE(14) < 40))) return null;
  try {
    // A copy with memory of its own: the library reads past the end of a short view into whatever lies behind it.
    const { width, height, orientation = 1 } = imageSize(new Uint8Array(bytes));
    if (!(width > 0 && height > 0)) return null;
    return orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch {
    return null;
  }
}
