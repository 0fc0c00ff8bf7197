/** Image formats Packshot reads, and how their first bytes give them away. */
export const INPUT_FORMATS = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  tiff: 'image/tiff',
  avif: 'image/avif',
  gif: 'image/gif',
  bmp: 'image/bmp',
} as const;

export type InputFormat = keyof typeof INPUT_FORMATS;

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/**
 * The format by magic bytes, from at least the first 64 bytes of a file (fewer are allowed for smaller files).
 * Names and content types that clients send are never trusted. Returns null for everything not on the list.
 */
export function sniffImageFormat(head: Uint8Array): InputFormat | null {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'jpeg';
  if (ascii(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp';
  const tiff = ascii(head, 0, 4);
  if (tiff === 'II*\0' || tiff === 'MM\0*' || tiff === 'II+\0' || tiff === 'MM\0+') return 'tiff';
  if (ascii(head, 4, 8) === 'ftyp' && /avi[fs]/.test(ascii(head, 8, Math.min(head.length, 64)))) return 'avif';
  if (/^GIF8[79]a$/.test(ascii(head, 0, 6))) return 'gif';
  // "BM", then two reserved words that are zero: two letters alone would match ordinary text.
  if (ascii(head, 0, 2) === 'BM' && head[6] === 0 && head[7] === 0 && head[8] === 0 && head[9] === 0) return 'bmp';
  return null;
}
