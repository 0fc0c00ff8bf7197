import type { Pace } from '../pace';
import type { ColourPlanes } from '../plane';
import type { Raster } from '../raster';
import { alphaToPlane, toPlanes } from '../resize';
import { BACKGROUND, FOREGROUND, UNKNOWN } from './trimap';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Band {
  unknown: number;
  foreground: number;
  background: number;
  /** Around all unknown pixels and `margin` more, inside the picture; of no size when nothing is unknown. */
  box: Box;
}

/** Where a trimap is undecided. */
export function findBand(trimap: Uint8Array, size: { width: number; height: number }, margin: number): Band {
  const { width, height } = size;
  const band = { unknown: 0, foreground: 0, background: 0, box: { left: 0, top: 0, width: 0, height: 0 } };
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = trimap[i];
      if (value === FOREGROUND) band.foreground++;
      else if (value === BACKGROUND) band.background++;
      else {
        band.unknown++;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
    }
  }
  if (band.unknown === 0) return band;
  band.box.left = Math.max(0, left - margin);
  band.box.top = Math.max(0, top - margin);
  band.box.width = Math.min(width, right + 1 + margin) - band.box.left;
  band.box.height = Math.min(height, bottom + 1 + margin) - band.box.top;
  return band;
}

/** What lies in the box; whole rows are shared with `bytes`, not copied. */
export function cropBytes(bytes: Uint8Array, rowBytes: number, box: Box, pixelBytes: number): Uint8Array {
  const [offset, length] = [box.left * pixelBytes, box.width * pixelBytes];
  if (length === rowBytes) return bytes.subarray(box.top * rowBytes, (box.top + box.height) * rowBytes);
  const crop = new Uint8Array(length * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = (box.top + y) * rowBytes + offset;
    crop.set(bytes.subarray(from, from + length), y * length);
  }
  return crop;
}

/** The part of photo and trimap in the box. */
export function cropProblem(photo: Raster, trimap: Uint8Array, box: Box): { photo: Raster; trimap: Uint8Array } {
  const { width, channels, data } = photo;
  return {
    photo: { width: box.width, height: box.height, channels, data: cropBytes(data, width * channels, box, channels) },
    trimap: cropBytes(trimap, width, box, 1),
  };
}

/** Photo and trimap at a smaller size. What a known pixel covers was all known, and all of one kind. */
export async function shrinkProblem(
  photo: Raster,
  trimap: Uint8Array,
  width: number,
  height: number,
  pace: Pace,
): Promise<{ colour: ColourPlanes; trimap: Uint8Array }> {
  const share = await alphaToPlane(trimap, photo, width, height, pace);
  return {
    colour: await toPlanes(photo, width, height, pace),
    trimap: Uint8Array.from(share.data, (value) => (value > 0.9999 ? FOREGROUND : value < 1e-4 ? BACKGROUND : UNKNOWN)),
  };
}

/** Writes a crop's alpha into the whole picture's: the unknown pixels take it, the known ones what they are known to be. */
export function pasteAlpha(
  alpha: Uint8Array,
  trimap: Uint8Array,
  photo: { width: number; height: number },
  solved: { alpha: Uint8Array; box: Box },
): void {
  const { box } = solved;
  for (let i = 0; i < alpha.length; i++) if (trimap[i] !== UNKNOWN) alpha[i] = trimap[i] as number;
  for (let y = 0, from = 0; y < box.height; y++) {
    for (let x = 0, i = (box.top + y) * photo.width + box.left; x < box.width; x++, i++, from++) {
      if (trimap[i] === UNKNOWN) alpha[i] = solved.alpha[from] as number;
    }
  }
}
