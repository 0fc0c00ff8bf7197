import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, type FileFacts, OUTPUT_FORMATS, type OutputFormat, type Pipeline } from '@packshot/contracts';
import type { Sharp } from 'sharp';
import { ZipFile } from 'yazl';
import { createPace, type Raster } from '../pixels';
import { hashFile } from '../runtime/weights';
import type { Picture } from '../stages/stage';
import { sharp } from './loaders';
import { writeTiffSpool } from './tiff-spool';

/**
 * Writes the picture. Alpha joins the colours while rows stream to the encoder, so no RGBA copy of the picture is made;
 * for JPEG the picture is first put before `output.background`, in place. With a profile, the pixels are in it and it is attached.
 * @throws storage_error when the folder cannot be written
 */
export async function encodePicture(
  picture: Pick<Picture, 'colour' | 'alpha'>,
  profile: Buffer | null,
  path: string,
  format: OutputFormat,
  output: Pick<Pipeline['output'], 'quality' | 'background'>,
): Promise<FileFacts> {
  if (format === 'zip') return encodeZip(picture, profile, path, output);
  const { colour, alpha } = picture;
  const { width, height } = colour;
  const spool = `${path}.spool`;
  // Not by sharp: it flattens before it joins the alpha, which it would then drop.
  if (alpha !== null && format === 'jpeg') await flatten(colour, alpha, output.background);
  try {
    const image = profile === null ? openRaw(colour) : await openSpooled(colour, profile, spool);
    if (alpha !== null && format !== 'jpeg') {
      const plane = Buffer.from(alpha.buffer, alpha.byteOffset, alpha.length);
      image.joinChannel(plane, { raw: { width, height, channels: 1 } });
    }
    return await writeImage(
      withFormat(image, format, output.quality, width * height),
      path,
      OUTPUT_FORMATS[format],
      width,
      height,
    );
  } catch (cause) {
    throw new AppError('storage_error', 'The result could not be written.', { cause });
  } finally {
    await rm(spool, { force: true });
  }
}

/** Puts the picture before a colour given as #rrggbb, in place. */
async function flatten({ width, data }: Raster, alpha: Uint8Array, background: string): Promise<void> {
  const fill = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16));
  // Heartbeats are answered meanwhile; an abort is looked at once the file is written, which cannot be stopped either.
  const pace = createPace(new AbortController().signal);
  for (let i = 0; i < alpha.length; i++) {
    if (i % width === 0) await pace();
    const share = (alpha[i] as number) / 255;
    if (share === 1) continue;
    for (let c = 0; c < 3; c++) {
      data[i * 3 + c] = Math.round((data[i * 3 + c] as number) * share + (fill[c] as number) * (1 - share));
    }
  }
}

function openRaw({ width, height, channels, data }: Raster): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

async function openSpooled(colour: Raster, profile: Buffer, path: string): Promise<Sharp> {
  await writeTiffSpool(path, colour, profile);
  return sharp(path, { limitInputPixels: false, ignoreIcc: true }).keepIccProfile();
}

/** Writes an alpha plane as a grey picture. @throws storage_error */
export async function encodeMask(
  alpha: Uint8Array,
  { width, height }: { width: number; height: number },
  path: string,
  format: OutputFormat = 'png',
  quality = 100,
): Promise<FileFacts> {
  const image = openRaw({ width, height, channels: 1, data: alpha }).toColourspace('b-w');
  try {
    return await writeImage(
      withFormat(image, format, quality, width * height),
      path,
      OUTPUT_FORMATS[format],
      width,
      height,
    );
  } catch (cause) {
    throw new AppError('storage_error', 'The mask could not be written.', { cause });
  }
}

/** Colours and alpha apart, which is much smaller than a PNG of both: `color.jpg`, not flattened, and `alpha.png`. */
async function encodeZip(
  { colour, alpha }: Pick<Picture, 'colour' | 'alpha'>,
  profile: Buffer | null,
  path: string,
  output: Pick<Pipeline['output'], 'quality' | 'background'>,
): Promise<FileFacts> {
  const { width, height } = colour;
  const parts = { 'color.jpg': `${path}.color.jpg`, 'alpha.png': `${path}.alpha.png` };
  try {
    await encodePicture({ colour, alpha: null }, profile, parts['color.jpg'], 'jpeg', output);
    await encodeMask(alpha ?? new Uint8Array(width * height).fill(255), colour, parts['alpha.png']);
    await writeZip(path, parts);
  } finally {
    await Promise.all(Object.values(parts).map((part) => rm(part, { force: true })));
  }
  return fileFacts(path, OUTPUT_FORMATS.zip, width, height);
}

async function writeZip(path: string, parts: Readonly<Record<string, string>>): Promise<void> {
  const zip = new ZipFile();
  // The same picture gives the same file.
  const mtime = new Date(1980, 0, 1);
  for (const [name, part] of Object.entries(parts)) zip.addFile(part, name, { compress: false, mtime });
  zip.end();
  try {
    await pipeline(zip.outputStream as Readable, createWriteStream(path));
  } catch (cause) {
    throw new AppError('storage_error', 'The result could not be written.', { cause });
  }
}

const MOST_OPTIMISED = 16e6;

function withFormat(image: Sharp, format: OutputFormat, quality: number, pixels: number): Sharp {
  switch (format) {
    case 'png':
      // Filtering makes cut-outs about 40 % smaller than level 6 without it does, for a third more time than level 4.
      return image.png({ compressionLevel: 4, adaptiveFiltering: true });
    case 'webp':
      return image.webp({ quality, effort: 3 });
    case 'jpeg':
      return image.jpeg({
        quality,
        chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0',
        // Saves a few per cent of the file, for which the encoder holds all coefficients: 12 bytes a pixel.
        optimiseCoding: pixels <= MOST_OPTIMISED,
      });
    case 'avif':
      return image.avif({ quality, effort: 2 });
    case 'tiff':
      return image.tiff({ compression: 'deflate', predictor: 'horizontal' });
    case 'zip':
      throw new Error('a ZIP holds pictures and is none');
  }
}

async function writeImage(image: Sharp, path: string, type: string, width: number, height: number): Promise<FileFacts> {
  await image.toFile(path);
  return fileFacts(path, type, width, height);
}

async function fileFacts(path: string, type: string, width: number, height: number): Promise<FileFacts> {
  return { content_type: type, width, height, bytes: (await stat(path)).size, sha256: await hashFile(path) };
}
