import { AppError } from '@packshot/contracts';
import type { BmpHeader } from './bmp-header';

/**
 * Expands RLE4 or RLE8 to one index a pixel, rows in file order. Pixels that the code jumps over have index 0. Runs that
 * leave their row are cut at its end; the picture may end early, the code may not.
 * @throws corrupt_image when the bytes end before the end-of-bitmap mark, or the code leaves the picture
 */
export function unpackRle(code: Buffer, { width, height, encoding }: BmpHeader): Uint8Array {
  const indices = new Uint8Array(width * height);
  const nibbles = encoding === 'rle4';
  let at = 0;
  let x = 0;
  let y = 0;

  const next = (): number => {
    const byte = code[at++];
    if (byte === undefined) throw new AppError('corrupt_image', 'The image is damaged: its pixels are cut off.');
    return byte;
  };
  const put = (index: number) => {
    if (y >= height) throw new AppError('corrupt_image', 'The image is damaged: it has more rows than it says.');
    if (x < width) indices[y * width + x] = index;
    x++;
  };

  for (;;) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(nibbles ? (i % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const bytes = nibbles ? Math.ceil(value / 2) : value;
      for (let i = 0; i < bytes; i++) {
        const byte = next();
        if (!nibbles) put(byte);
        else {
          put(byte >> 4);
          if (i * 2 + 1 < value) put(byte & 15);
        }
      }
      // Literal runs are padded to whole words.
      if (bytes % 2 === 1) at++;
    }
  }
}
