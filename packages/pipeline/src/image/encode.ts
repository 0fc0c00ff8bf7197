import { stat } from 'node:fs/promises';
import { AppError, type FileFacts, OUTPUT_FORMATS, type OutputFormat, type Pipeline } from '@packshot/contracts';
import type { Sharp } from 'sharp';
import { hashFile } from '../runtime/weights';
import type { Picture } from '../stages/stage';
import { sharp } from './loaders';

/** `auto` is PNG where there is transparency to keep, else JPEG. */
export function outputFormat(output: Pipeline['output'], transparent: boolean): OutputFormat {
  if (output.format !== 'auto') return output.format;
  return transparent ? 'png' : 'jpeg';
}

/**
 * Writes the picture. Alpha joins the colours while rows stream to the encoder, so no RGBA copy of the picture is made;
 * JPEG gets `output.background` where the picture is transparent.
 * @throws storage_error when the folder cannot be written
 */
export async function encodePicture(
  { colour, alpha }: Picture,
  profile: Buffer | null,
  path: string,
  format: OutputFormat,
  output: Pipeline['output'],
): Promise<FileFacts> {
  const { width, height } = colour;
  void profile;
  const image = sharp(colour.data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  if (alpha !== null)
    image.joinChannel(Buffer.from(alpha.buffer, alpha.byteOffset, alpha.length), {
      raw: { width, height, channels: 1 },
    });
  if (alpha !== null && format === 'jpeg') image.flatten({ background: output.background });
  return writeImage(withFormat(image, format, output.quality), path, OUTPUT_FORMATS[format], width, height);
}

/** Writes an alpha plane as a grey PNG. */
export function encodeMask(alpha: Uint8Array, width: number, height: number, path: string): Promise<FileFacts> {
  const image = sharp(alpha, { raw: { width, height, channels: 1 }, limitInputPixels: false }).toColourspace('b-w');
  return writeImage(withFormat(image, 'png', 100), path, OUTPUT_FORMATS.png, width, height);
}

function withFormat(image: Sharp, format: OutputFormat, quality: number): Sharp {
  switch (format) {
    case 'png':
      return image.png({ compressionLevel: 4, adaptiveFiltering: false });
    case 'webp':
      return image.webp({ quality, effort: 3 });
    case 'jpeg':
      return image.jpeg({ quality });
    case 'avif':
      return image.avif({ quality, effort: 2 });
  }
}

async function writeImage(image: Sharp, path: string, type: string, width: number, height: number): Promise<FileFacts> {
  try {
    await image.toFile(path);
  } catch (cause) {
    throw new AppError('storage_error', 'The result could not be written.', { cause });
  }
  return { content_type: type, width, height, bytes: (await stat(path)).size, sha256: await hashFile(path) };
}
