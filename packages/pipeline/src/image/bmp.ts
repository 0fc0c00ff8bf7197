import { AppError } from '@packshot/contracts';
import { createRaster } from '../pixels';
import type { Picture } from '../stages/stage';
import { type BmpHeader, type ChannelMask, readBmpHeader } from './bmp-header';
import { unpackRle } from './bmp-rle';

const cutOff = () => new AppError('corrupt_image', 'The image is damaged: its pixels are cut off.');

/**
 * Decodes a Windows bitmap, which the bundled libvips cannot: 1, 4, 8, 16, 24 and 32 bits, palettes, RLE4 and RLE8,
 * bit fields, rows from either end. The size must have been checked against the limits. Memory: the file and the result.
 * @throws corrupt_image, unsupported_format; never anything else, whatever the bytes
 */
export function decodeBmp(file: Buffer): Picture {
  const header = readBmpHeader(file);
  const { width, height, bitCount } = header;
  if (header.pixelOffset < header.paletteOffset - 2 || header.pixelOffset > file.length) throw cutOff();
  const colour = createRaster(width, height, 3);
  if (bitCount <= 8) {
    const palette = readPalette(file, header);
    const indices = header.encoding === 'plain' ? null : unpackRle(file.subarray(header.pixelOffset), header);
    fillIndexed(file, header, palette, indices, colour.data);
    return { colour, alpha: null };
  }
  const alpha = header.hasAlpha ? new Uint8Array(width * height) : null;
  fillDirect(file, header, colour.data, alpha);
  // Many writers leave an alpha mask and no alpha: a picture that would be invisible throughout is meant to be opaque.
  return { colour, alpha: alpha?.some((value) => value > 0) ? alpha : null };
}

function readPalette(file: Buffer, { paletteOffset, paletteEntrySize, paletteLength }: BmpHeader): Uint8Array {
  if (paletteOffset + paletteLength * paletteEntrySize > file.length) throw cutOff();
  // Always 256 entries: an index past the palette is black, as other readers have it.
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < paletteLength; i++) {
    const entry = paletteOffset + i * paletteEntrySize;
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = file[entry + 2 - c] as number;
  }
  return palette;
}

/** The first byte of each row from the top; rows are padded to four bytes. */
function rowStart(file: Buffer, { width, height, bitCount, topDown, pixelOffset }: BmpHeader): (y: number) => number {
  const stride = Math.ceil((width * bitCount) / 32) * 4;
  // The padding of the last row in the file may be missing; some writers drop it.
  if (pixelOffset + stride * (height - 1) + Math.ceil((width * bitCount) / 8) > file.length) throw cutOff();
  return (y) => pixelOffset + (topDown ? y : height - 1 - y) * stride;
}

function fillIndexed(
  file: Buffer,
  header: BmpHeader,
  palette: Uint8Array,
  indices: Uint8Array | null,
  out: Uint8Array,
): void {
  const { width, height, bitCount, topDown } = header;
  const start = indices === null ? rowStart(file, header) : () => 0;
  const mask = (1 << bitCount) - 1;
  for (let y = 0; y < height; y++) {
    const row = start(y);
    const line = (topDown ? y : height - 1 - y) * width;
    for (let x = 0; x < width; x++) {
      const bit = x * bitCount;
      const index =
        indices === null
          ? ((file[row + (bit >> 3)] as number) >> (8 - bitCount - (bit & 7))) & mask
          : (indices[line + x] as number);
      out.set(palette.subarray(index * 3, index * 3 + 3), (y * width + x) * 3);
    }
  }
}

function fillDirect(file: Buffer, header: BmpHeader, out: Uint8Array, alpha: Uint8Array | null): void {
  const { width, height, bitCount, masks } = header;
  const start = rowStart(file, header);
  const bytes = bitCount / 8;
  const tables = masks.map(expansion);
  for (let y = 0; y < height; y++) {
    let at = start(y);
    for (let i = y * width; i < (y + 1) * width; i++, at += bytes) {
      const pixel = file.readUIntLE(at, bytes);
      for (let c = 0; c < 3; c++) out[i * 3 + c] = channel(pixel, masks[c] as ChannelMask, tables[c] as Uint8Array);
      if (alpha !== null) alpha[i] = channel(pixel, masks[3] as ChannelMask, tables[3] as Uint8Array);
    }
  }
}

/** Channels of up to eight bits to 0..255; wider ones keep their top eight. */
function expansion({ bits }: ChannelMask): Uint8Array {
  const kept = Math.min(bits, 8);
  return Uint8Array.from({ length: 1 << kept }, (_, value) =>
    kept === 0 ? 0 : Math.round((value * 255) / (2 ** kept - 1)),
  );
}

function channel(pixel: number, { shift, bits }: ChannelMask, table: Uint8Array): number {
  const drop = Math.max(0, bits - 8);
  return table[(pixel >>> (shift + drop)) & (table.length - 1)] as number;
}
