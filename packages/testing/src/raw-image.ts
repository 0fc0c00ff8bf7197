import sharp, { type Sharp } from 'sharp';

/** Interleaved 8-bit pixels, row by row, without padding: `width * height * channels` bytes. */
export interface RawImage {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
}

/** Decodes an image to the pixels as they are stored: no rotation, no colour conversion but that to 8 bits. */
export async function decodeRaw(encoded: Uint8Array): Promise<RawImage> {
  const { data, info } = await sharp(encoded).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** A sharp pipeline that starts from these pixels. */
export function fromRaw({ data, width, height, channels }: RawImage): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}
