import { sharp } from './loaders';

interface Bytes {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

/**
 * 8-bit samples at another size as transformers.js resizes outside a browser: an affine map of libvips, bilinear. What a pixel of
 * a smaller picture covers is not averaged, and beyond the border it is black.
 */
export async function affineResize(
  { data, width, height, channels }: Bytes,
  toWidth: number,
  toHeight: number,
): Promise<Uint8Array> {
  if (toWidth === width && toHeight === height) return Uint8Array.from(data);
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  image.affine([toWidth / width, 0, 0, toHeight / height], { interpolator: 'bilinear' });
  const resized = channels === 1 ? image.toColourspace('b-w') : image;
  const { data: bytes, info } = await resized.raw().toBuffer({ resolveWithObject: true });
  if (info.width !== toWidth || info.height !== toHeight) {
    throw new Error(`an affine map gave ${info.width} x ${info.height} for ${toWidth} x ${toHeight}`);
  }
  return bytes;
}
