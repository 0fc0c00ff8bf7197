import { open } from 'node:fs/promises';
import {
  AppError,
  checkInputSize,
  type ImageLimits,
  INPUT_FORMATS,
  type InputFormat,
  sniffImageFormat,
} from '@packshot/contracts';
import type { Metadata, Sharp } from 'sharp';
import { hashFile } from '../runtime/weights';
import { readBmpHeader } from './bmp-header';
import { iccName } from './icc-name';
import { sharp } from './loaders';

export interface Header {
  format: InputFormat;
  contentType: string;
  /** As shown: after orientation. */
  width: number;
  height: number;
  bytes: number;
  sha256: string;
  orientation: number;
  profile: Buffer | null;
  icc: string | null;
  hasAlpha: boolean;
  bits: number;
  /** Frames or pages in the file. */
  pages: number;
  /** libvips' name of the colour space in the file. */
  space: string;
}

/** Bits a channel by libvips' name of the sample type. */
const BITS: Record<string, number> = {
  uchar: 8,
  char: 8,
  ushort: 16,
  short: 16,
  uint: 32,
  int: 32,
  float: 32,
  double: 64,
};

/** A file that libvips opens under our limits. `sequentialRead` holds no more than a few rows of the source. */
export function openImage(path: string, limits: ImageLimits): Sharp {
  return sharp(path, { limitInputPixels: limits.maxInputPixels, failOn: 'error', pages: 1, sequentialRead: true });
}

/**
 * What a file holds, by its header alone: nothing is decoded before size and format are known to be allowed.
 * @throws empty_file, file_too_large, unsupported_format, image_too_large, corrupt_image
 */
export async function readHeader(path: string, limits: ImageLimits): Promise<Header> {
  const { head, bytes } = await readHead(path);
  if (bytes === 0) throw new AppError('empty_file');
  if (bytes > limits.maxFileBytes) {
    throw new AppError('file_too_large', `The file has ${bytes} bytes; ${limits.maxFileBytes} are allowed.`);
  }
  const format = sniffImageFormat(head);
  if (format === null) throw new AppError('unsupported_format');
  const facts = format === 'bmp' ? bmpFacts(head) : await vipsFacts(path, format, limits);
  checkInputSize(facts, limits);
  return { format, contentType: INPUT_FORMATS[format], bytes, sha256: await hashFile(path), ...facts };
}

async function readHead(path: string): Promise<{ head: Buffer; bytes: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return { head: buffer.subarray(0, bytesRead), bytes: size };
  } finally {
    await file.close();
  }
}

type Facts = Omit<Header, 'format' | 'contentType' | 'bytes' | 'sha256'>;

function bmpFacts(head: Buffer): Facts {
  const { width, height, hasAlpha } = readBmpHeader(head);
  return { width, height, orientation: 1, profile: null, icc: null, hasAlpha, bits: 8, pages: 1, space: 'srgb' };
}

async function vipsFacts(path: string, format: InputFormat, limits: ImageLimits): Promise<Facts> {
  const metadata = await readMetadata(path, limits);
  const found = metadata.format === 'heif' ? 'avif' : metadata.format;
  // HEIC shares AVIF's container; its decoder is absent, and a file is never taken for what it does not say it is.
  if (found !== format || (found === 'avif' && metadata.compression !== 'av1'))
    throw new AppError('unsupported_format');
  const { width, height } = metadata.autoOrient;
  return {
    width,
    height,
    orientation: metadata.orientation ?? 1,
    profile: metadata.icc ?? null,
    icc: metadata.icc === undefined ? null : iccName(metadata.icc),
    hasAlpha: metadata.hasAlpha,
    bits: metadata.bitsPerSample ?? BITS[metadata.depth] ?? 8,
    pages: metadata.pages ?? 1,
    space: metadata.space,
  };
}

async function readMetadata(path: string, limits: ImageLimits): Promise<Metadata> {
  try {
    return await openImage(path, { ...limits, maxInputPixels: Number.MAX_SAFE_INTEGER }).metadata();
  } catch (cause) {
    throw new AppError('corrupt_image', undefined, { cause });
  }
}
