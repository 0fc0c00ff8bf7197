import { readFile } from 'node:fs/promises';
import { AppError, checkInputSize, type ImageLimits } from '@packshot/contracts';
import type { Sharp } from 'sharp';
import type { Picture } from '../stages/stage';
import { decodeBmp } from './bmp';
import { type Header, openImage } from './header';

export interface Decoded {
  picture: Picture;
  /** The profile the pixels are in; null: sRGB. */
  profile: Buffer | null;
  notes: string[];
}

/**
 * Decodes to 8-bit RGB and, where the file has transparency, an alpha plane; oriented as shown. Pixels are converted to
 * sRGB. With `keepProfile` an RGB file's pixels stay in their own space instead, because 8-bit sRGB cannot hold the colours
 * a wider profile is used for; the profile is then attached to the result.
 * @throws corrupt_image, image_too_large when the pixels are not what the header promised, unsupported_format
 */
export async function decodeImage(
  path: string,
  header: Header,
  limits: ImageLimits,
  keepProfile: boolean,
): Promise<Decoded> {
  const notes: string[] = [];
  if (header.pages > 1) notes.push(`the first of ${header.pages} frames or pages was used`);
  if (header.bits > 8) notes.push(`${header.bits} bits a channel were reduced to 8`);
  const keeps = keepProfile && header.profile !== null && (header.space === 'srgb' || header.space === 'rgb16');
  if (keepProfile && header.profile !== null && !keeps) {
    notes.push(`the profile of a ${header.space} image does not fit an RGB result; it was converted to sRGB`);
  }
  const picture =
    header.format === 'bmp' ? decodeBmp(await readFile(path)) : await decodeVips(path, header, limits, keeps);
  const { width, height } = picture.colour;
  checkInputSize({ width, height }, limits);
  if (width !== header.width || height !== header.height) {
    throw new AppError('corrupt_image', 'The image is damaged: its pixels do not match its header.');
  }
  return { picture, profile: keeps ? header.profile : null, notes };
}

function openUpright(path: string, limits: ImageLimits): Sharp {
  return openImage(path, limits).autoOrient().toColourspace('srgb');
}

/** A file that libvips opens, oriented as shown, its pixels in sRGB. */
export function openAsSrgb(path: string, header: Header, limits: ImageLimits): Sharp {
  const source = openUpright(path, limits);
  // Without this sharp leaves 16-bit pixels that came with a profile in Display P3, as if they were sRGB.
  return header.profile !== null && header.bits > 8 ? source.withIccProfile('srgb', { attach: false }) : source;
}

async function decodeVips(path: string, header: Header, limits: ImageLimits, keeps: boolean): Promise<Picture> {
  const source = keeps ? openUpright(path, limits).keepIccProfile() : openAsSrgb(path, header, limits);
  const { data, info } = await source
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause) => {
      throw new AppError('corrupt_image', undefined, { cause });
    });
  const { width, height } = info;
  if (info.channels === 3) return { colour: { width, height, channels: 3, data }, alpha: null };
  if (info.channels === 4) return splitAlpha(data, width, height);
  throw new AppError('unsupported_format', `Images of ${info.channels} channels are not supported.`);
}

/** Moves the colours together within their own buffer: a second full-size copy would cost 300 MB at 100 megapixels. */
function splitAlpha(data: Uint8Array, width: number, height: number): Picture {
  const pixels = width * height;
  const alpha = new Uint8Array(pixels);
  let opaque = true;
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    data[to] = data[from] as number;
    data[to + 1] = data[from + 1] as number;
    data[to + 2] = data[from + 2] as number;
    const value = data[from + 3] as number;
    alpha[i] = value;
    if (value !== 255) opaque = false;
  }
  const colour = { width, height, channels: 3 as const, data: data.subarray(0, pixels * 3) };
  return { colour, alpha: opaque ? null : alpha };
}
