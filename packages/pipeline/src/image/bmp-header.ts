import { AppError } from '@packshot/contracts';

/** Where in each pixel a channel's bits lie. `bits` 0: the channel is absent. */
export interface ChannelMask {
  shift: number;
  bits: number;
}

/** A Windows bitmap's header, checked. Layout: Microsoft's BITMAPINFOHEADER, BITMAPV5HEADER and, older, BITMAPCOREHEADER. */
export interface BmpHeader {
  width: number;
  height: number;
  /** Rows from the top; the usual file has them from the bottom. */
  topDown: boolean;
  bitCount: 1 | 4 | 8 | 16 | 24 | 32;
  encoding: 'plain' | 'rle4' | 'rle8';
  /** Red, green, blue, alpha; for 16 and 32 bits a pixel. */
  masks: readonly ChannelMask[];
  hasAlpha: boolean;
  paletteOffset: number;
  paletteEntrySize: 3 | 4;
  paletteLength: number;
  pixelOffset: number;
}

const FILE_HEADER = 14;
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

const corrupt = (why: string) => new AppError('corrupt_image', `The image is damaged: ${why}.`);

/**
 * Reads the header from the first bytes of a file (138 hold the largest one).
 * @throws corrupt_image, unsupported_format for what is legal and never seen (embedded JPEG or PNG, 2 bits a pixel)
 */
export function readBmpHeader(head: Buffer): BmpHeader {
  if (head.length < FILE_HEADER + 12) throw corrupt('its header is cut off');
  const size = head.readUInt32LE(14);
  const core = size === 12;
  if ((!core && size < 40) || head.length < FILE_HEADER + Math.min(size, 56)) throw corrupt('its header is cut off');
  const rawHeight = core ? head.readUInt16LE(20) : head.readInt32LE(22);
  const width = core ? head.readUInt16LE(18) : head.readInt32LE(18);
  const height = Math.abs(rawHeight);
  if (width <= 0 || height === 0) throw corrupt('it has no pixels');
  const bitCount = head.readUInt16LE(core ? 24 : 28);
  const compression = core ? RGB : head.readUInt32LE(30);
  if (![1, 4, 8, 16, 24, 32].includes(bitCount)) throw new AppError('unsupported_format');
  if (compression > BITFIELDS && compression !== ALPHA_BITFIELDS) throw new AppError('unsupported_format');
  if (compression === RLE8 ? bitCount !== 8 : compression === RLE4 && bitCount !== 4) {
    throw corrupt('its compression does not fit its depth');
  }
  const masked = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
  if (masked && bitCount !== 16 && bitCount !== 32) throw corrupt('its compression does not fit its depth');
  const masks = masked ? readMasks(head, size, compression) : defaultMasks(bitCount);
  // Masks that follow a 40-byte header are not counted in its size.
  const trailing = masked && size === 40 ? (compression === ALPHA_BITFIELDS ? 16 : 12) : 0;
  const used = core ? 0 : head.readUInt32LE(46);
  return {
    width,
    height,
    topDown: rawHeight < 0,
    bitCount: bitCount as BmpHeader['bitCount'],
    encoding: compression === RLE8 ? 'rle8' : compression === RLE4 ? 'rle4' : 'plain',
    masks,
    hasAlpha: (masks[3]?.bits ?? 0) > 0,
    paletteOffset: FILE_HEADER + size + trailing,
    paletteEntrySize: core ? 3 : 4,
    paletteLength: bitCount > 8 ? 0 : Math.min(used === 0 ? 1 << bitCount : used, 1 << bitCount),
    pixelOffset: head.readUInt32LE(10),
  };
}

function readMasks(head: Buffer, size: number, compression: number): ChannelMask[] {
  const count = size >= 56 || compression === ALPHA_BITFIELDS ? 4 : 3;
  if (head.length < 54 + count * 4) throw corrupt('its header is cut off');
  return [0, 1, 2, 3].map((channel) => toMask(channel < count ? head.readUInt32LE(54 + channel * 4) : 0));
}

/** Without masks 16 bits are 5-5-5, and the fourth byte of 32 bits means nothing. */
function defaultMasks(bitCount: number): ChannelMask[] {
  const absent = { shift: 0, bits: 0 };
  if (bitCount === 16) return [{ shift: 10, bits: 5 }, { shift: 5, bits: 5 }, { shift: 0, bits: 5 }, absent];
  return [{ shift: 16, bits: 8 }, { shift: 8, bits: 8 }, { shift: 0, bits: 8 }, absent];
}

function toMask(value: number): ChannelMask {
  if (value === 0) return { shift: 0, bits: 0 };
  const shift = 31 - Math.clz32(value & -value);
  const bits = 32 - Math.clz32(value) - shift;
  if (value >>> shift !== 2 ** bits - 1) throw corrupt('a colour mask has gaps');
  return { shift, bits };
}
