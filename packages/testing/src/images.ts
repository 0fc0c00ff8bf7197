import sharp, { type Sharp } from 'sharp';
import { fromRaw, type RawImage } from './raw-image';
import { renderScene, type SceneOptions } from './scene';

export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
export const ORIENTATIONS: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** The scene as a file. JPEG has quality 92 and full colour resolution. */
export async function productPhoto({
  format = 'png',
  ...scene
}: SceneOptions & { format?: 'png' | 'jpeg' | 'webp' | 'tiff' | 'avif' | 'gif' } = {}): Promise<Buffer> {
  const image = fromRaw(renderScene(scene).photo);
  if (format === 'jpeg') return image.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
  if (format === 'webp') return image.webp({ lossless: true }).toBuffer();
  return image.toFormat(format).toBuffer();
}

/** The scene with its true mask as the alpha channel. */
export async function transparentPhoto(options: SceneOptions = {}): Promise<Buffer> {
  const { photo, alpha } = renderScene(options);
  return fromRaw(photo)
    .joinChannel(Buffer.from(alpha.data), { raw: { width: alpha.width, height: alpha.height, channels: 1 } })
    .png()
    .toBuffer();
}

/**
 * The scene as a PNG whose EXIF orientation makes every viewer show the same picture: its pixels are stored turned the
 * other way (EXIF 2.32, tag 0x0112).
 */
export async function orientedPhoto(orientation: Orientation, options: SceneOptions = {}): Promise<Buffer> {
  const stored = turnAgainst(renderScene(options).photo, orientation);
  return fromRaw(stored).withMetadata({ orientation }).png().toBuffer();
}

/** The pixels that a viewer who applies `orientation` sees as `shown`. */
function turnAgainst(shown: RawImage, orientation: Orientation): RawImage {
  const swapped = orientation >= 5;
  const width = swapped ? shown.height : shown.width;
  const height = swapped ? shown.width : shown.height;
  const data = new Uint8Array(shown.data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = shownAt(orientation, x, y, width - 1, height - 1);
      const from = (v * shown.width + u) * shown.channels;
      data.set(shown.data.subarray(from, from + shown.channels), (y * width + x) * shown.channels);
    }
  }
  return { data, width, height, channels: shown.channels };
}

/** Where the stored pixel (x, y) is shown; `right` and `bottom` are the last stored column and row. */
function shownAt(orientation: Orientation, x: number, y: number, right: number, bottom: number): [number, number] {
  switch (orientation) {
    case 1:
      return [x, y];
    case 2:
      return [right - x, y];
    case 3:
      return [right - x, bottom - y];
    case 4:
      return [x, bottom - y];
    case 5:
      return [y, x];
    case 6:
      return [bottom - y, x];
    case 7:
      return [bottom - y, right - x];
    case 8:
      return [y, right - x];
  }
}

const encodings = {
  /** The scene's colours, in Display P3 with its profile. */
  'display-p3': (image: Sharp) => image.withIccProfile('p3').png(),
  cmyk: (image: Sharp) => image.toColourspace('cmyk').jpeg({ quality: 95 }),
  'sixteen-bit': (image: Sharp) => image.toColourspace('rgb16').png(),
  grey: (image: Sharp) => image.toColourspace('b-w').png(),
  palette: (image: Sharp) => image.png({ palette: true, colours: 64 }),
  'progressive-jpeg': (image: Sharp) => image.jpeg({ progressive: true }),
  'interlaced-png': (image: Sharp) => image.png({ progressive: true }),
} as const satisfies Record<string, (image: Sharp) => Sharp>;

export type UnusualEncoding = keyof typeof encodings;
export const UNUSUAL_ENCODINGS = Object.keys(encodings) as readonly UnusualEncoding[];

/** The scene in an encoding that shops send and careless code gets wrong. */
export async function unusualPhoto(encoding: UnusualEncoding, options: SceneOptions = {}): Promise<Buffer> {
  return encodings[encoding](fromRaw(renderScene(options).photo)).toBuffer();
}

/** A file cut off after `fraction` of its bytes, as by a broken upload. */
export function cutOff(file: Uint8Array, fraction = 0.5): Buffer {
  return Buffer.from(file.subarray(0, Math.floor(file.byteLength * fraction)));
}

/** A PNG of one colour: hardly any bytes for very many pixels. */
export async function flatPhoto(width: number, height: number, background = '#c8c8c8'): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background }, limitInputPixels: false })
    .png()
    .toBuffer();
}
