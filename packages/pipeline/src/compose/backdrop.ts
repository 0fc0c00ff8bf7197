import { readFile } from 'node:fs/promises';
import { AppError, type ImageLimits, type Pipeline } from '@packshot/contracts';
import { decodeBmp } from '../image/bmp';
import { openAsSrgb } from '../image/decode';
import { type Header, readHeader } from '../image/header';
import { sharp } from '../image/loaders';
import { createPace, createPlane, type Pace, type Plane, type Raster } from '../pixels';
import { gaussianBlur } from '../pixels/gaussian-blur';
import { type ColourPlanes, mapPlane, product } from '../pixels/plane';
import { alphaToPlane, toPlanes, workingSize } from '../pixels/resize';
import { createRowSampler } from '../pixels/row-sampler';
import type { Parameters, Picture, Stage } from '../stages/stage';
import { readColour } from './colour';
import type { Size } from './layout';

/** What stands behind the product: one row of the canvas after the other, in bytes or floats of 0..255, three a pixel. */
export interface Backdrop {
  /** 0..1, everywhere the same. */
  opacity: number;
  row(y: number): ArrayLike<number>;
}

type Background = Parameters<'compose'>['background'];

/** Long side at which an old background is kept to be blurred. */
const KEPT_SIDE = 640;
/** Less background than this in reach of the blur says nothing of it. */
const TOO_LITTLE = 0.02;

export type BackdropMaker = (canvas: Size) => Promise<Backdrop>;

interface BackdropSource {
  /** The file with the background image. */
  backgroundPath: string | undefined;
  limits: ImageLimits;
}

/**
 * Reads of the photo what the backdrop needs of it, and gives what then makes the backdrop of a canvas.
 * @throws what a background file can be wrong with: unsupported_format, image_too_large, corrupt_image, …
 */
export async function prepareBackdrop(
  background: Background,
  picture: Picture & { alpha: Uint8Array },
  { backgroundPath, limits }: BackdropSource,
  pace: Pace,
): Promise<BackdropMaker> {
  if (background === 'transparent') return async (canvas) => plain('#0000', canvas);
  if ('color' in background) return async (canvas) => plain(background.color, canvas);
  if ('blur' in background) {
    const former = await formerBackdrop(picture, pace);
    return (canvas) => blurBackdrop(former, background.blur, canvas, pace);
  }
  if (backgroundPath === undefined) throw new Error('the background image was not fetched');
  return async (canvas) => {
    const { width, data } = await loadBackground(backgroundPath, canvas, background.fit, limits);
    return { opacity: 1, row: (y) => data.subarray(3 * y * width, 3 * (y + 1) * width) };
  };
}

function plain(color: string, { width }: Size): Backdrop {
  const { red, green, blue, opacity } = readColour(color);
  const row = new Uint8Array(3 * width);
  for (let at = 0; at < row.length; at += 3) row.set([red, green, blue], at);
  return { opacity, row: () => row };
}

const FITS = { cover: 'cover', contain: 'contain', stretch: 'fill' } as const;

async function loadBackground(
  path: string,
  { width, height }: Size,
  fit: keyof typeof FITS,
  limits: ImageLimits,
): Promise<Raster> {
  try {
    const image = await openBackground(path, await readHeader(path, limits), limits);
    const { data } = await image
      .flatten({ background: '#ffffff' })
      .resize(width, height, { fit: FITS[fit], background: '#ffffff' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width, height, channels: 3, data };
  } catch (cause) {
    const { code, message } = AppError.from(cause, 'corrupt_image');
    throw new AppError(code, `The background: ${message}`, { cause });
  }
}

async function openBackground(path: string, header: Header, limits: ImageLimits) {
  if (header.format !== 'bmp') return openAsSrgb(path, header, limits);
  const { width, height, channels, data } = decodeBmp(await readFile(path)).colour;
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

/** Before the cut-out takes the old background out of the photo, a small copy of it is kept to be blurred. */
export function keepingBackdrop(stage: Stage<'background'>): Stage<'background'> {
  return {
    ...stage,
    async run(picture, parameters, context) {
      const { colour } = picture;
      const { width, height } = workingSize(colour.width, colour.height, KEPT_SIDE);
      picture.backdrop = await toPlanes(colour, width, height, createPace(context.signal));
      await stage.run(picture, parameters, context);
    },
  };
}

/** Whether this pipeline blurs the old background. */
export function blursBackdrop({ compose }: Pipeline): boolean {
  return compose !== false && typeof compose.background === 'object' && 'blur' in compose.background;
}

/** The photo as it was before the cut-out, and the product in it, at a working size. */
interface Former {
  colours: ColourPlanes;
  matte: Plane;
}

/** Where no cut-out was made there is no other photo than what lies under the transparency. */
async function formerBackdrop(
  { colour, alpha, backdrop }: Picture & { alpha: Uint8Array },
  pace: Pace,
): Promise<Former> {
  const { width, height } = backdrop?.[0] ?? workingSize(colour.width, colour.height, KEPT_SIDE);
  return {
    colours: backdrop ?? (await toPlanes(colour, width, height, pace)),
    matte: await alphaToPlane(alpha, colour, width, height, pace),
  };
}

/** The old background blurred and filled in where the product stood, over the whole canvas. `share`: sigma over its long side. */
async function blurBackdrop({ colours, matte }: Former, share: number, canvas: Size, pace: Pace): Promise<Backdrop> {
  const { width, height } = matte;
  const seen = mapPlane(matte, (value) => (value < 0.1 ? 1 : 0));
  const blurred = await fillIn(colours, seen, share * Math.max(width, height), pace);
  const planes = blurred.map((plane) => cutToAspect(plane, canvas));
  const sample = createRowSampler(planes, canvas.width, canvas.height);
  const row = new Float32Array(3 * canvas.width);
  return {
    opacity: 1,
    row(y) {
      const channels = sample(y);
      channels.forEach((channel, c) => {
        for (let x = 0; x < canvas.width; x++) row[3 * x + c] = 255 * (channel[x] as number);
      });
      return row;
    },
  };
}

/** The mean of what is seen around each pixel; where the blur reaches none of it, a wider one tells. */
async function fillIn(colours: ColourPlanes, seen: Plane, sigma: number, pace: Pace): Promise<Plane[]> {
  const { width, height } = seen;
  const wanted = colours.map(() => createPlane(width, height, 0.5));
  const sigmas = [width + height, 8 * sigma, 3 * sigma, sigma];
  for (const wide of sigmas) {
    const weight = gaussianBlur(seen, wide);
    const sums = colours.map((plane) => gaussianBlur(product(plane, seen), wide));
    for (let i = 0; i < weight.data.length; i++) {
      const found = weight.data[i] as number;
      if (found < 1e-4) continue;
      const trust = Math.min(1, found / TOO_LITTLE);
      sums.forEach((sum, c) => {
        const { data } = wanted[c] as Plane;
        data[i] = (data[i] as number) * (1 - trust) + ((sum.data[i] as number) / found) * trust;
      });
    }
    await pace();
  }
  return wanted;
}

/** The middle of a plane, of the proportions of the canvas. */
function cutToAspect(plane: Plane, canvas: Size): Plane {
  const scale = Math.min(plane.width / canvas.width, plane.height / canvas.height);
  const width = Math.max(1, Math.round(canvas.width * scale));
  const height = Math.max(1, Math.round(canvas.height * scale));
  const [left, top] = [Math.floor((plane.width - width) / 2), Math.floor((plane.height - height) / 2)];
  const cut = createPlane(width, height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    cut.data.set(plane.data.subarray(from, from + width), y * width);
  }
  return cut;
}
