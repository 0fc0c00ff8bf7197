import { createCanvas, toBlob } from './matte';

/** A copy of a photo for clicks: little to send with each of them, and little to compute. */
export interface SmallCopy {
  readonly file: Blob;
  /** Its size as a share of the photo's. */
  readonly scale: number;
}

/** The compact network for clicks sees 384 pixels, and answers 256; any network sees all of the photo before it is downloaded. */
const SIDE = 512;

/** The photo itself where it is no larger. `bitmap`: the photo, as it is shown. */
export async function makeSmallCopy(photo: Blob, bitmap: ImageBitmap): Promise<SmallCopy> {
  const scale = SIDE / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return { file: photo, scale: 1 };
  const [canvas, context] = createCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  // Other kinds may be transparent. JPEG is the quickest to decode; a browser that writes no WebP writes PNG.
  const type = photo.type === 'image/jpeg' ? photo.type : 'image/webp';
  return { file: await toBlob(canvas, type, 0.9), scale };
}
