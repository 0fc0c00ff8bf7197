import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { ImageLimits } from '@packshot/contracts';
import { decodeImage } from '../../image/decode';
import { readHeader } from '../../image/header';
import { sharp } from '../../image/loaders';
import { createPace, createPlane, type Plane, type Raster } from '../../pixels';
import { alphaToPlane, resizePlane, workingSize } from '../../pixels/resize';

/** Mattes are compared at this long side at most. */
const LONGEST = 1280;
const pace = createPace(new AbortController().signal);

export interface Photo {
  name: string;
  path: string;
}

export async function listPhotos(folder: string): Promise<Photo[]> {
  const files = (await readdir(folder)).filter((file) => /\.(jpe?g|png|webp)$/i.test(file)).sort();
  return files.map((file) => ({ name: parse(file).name, path: join(folder, file) }));
}

/** As the pipeline decodes it, its transparency left out. */
export async function readPhoto(path: string, limits: ImageLimits): Promise<Raster> {
  const { picture } = await decodeImage(path, await readHeader(path, limits), limits, false);
  return picture.colour;
}

/** The reference matte of a photo at the size at which mattes are compared; null where there is none. */
export async function readMatte(folder: string, { name }: Photo, photo: Raster): Promise<Plane | null> {
  const names = await readdir(folder);
  if (!names.includes(`${name}.png`)) return null;
  const { data, info } = await sharp(join(folder, `${name}.png`))
    .toColourspace('b-w')
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return comparable(new Uint8Array(data), info, photo);
}

/** An alpha in bytes at the size at which those of `photo` are compared. */
export function comparable(
  alpha: Uint8Array,
  from: { width: number; height: number },
  photo: { width: number; height: number },
): Promise<Plane> {
  const { width, height } = workingSize(photo.width, photo.height, LONGEST);
  return alphaToPlane(alpha, from, width, height, pace);
}

/** An alpha in floats likewise. */
export function comparablePlane({ width, height, data }: Plane, photo: { width: number; height: number }): Plane {
  const size = workingSize(photo.width, photo.height, LONGEST);
  const plane = createPlane(width, height);
  plane.data.set(data);
  return resizePlane(plane, size.width, size.height);
}
