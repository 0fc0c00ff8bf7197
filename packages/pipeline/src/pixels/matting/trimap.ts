import type { Pace } from '../pace';
import { erode, erodeCross } from './erode';

/** The three values of a trimap: bytes, one a pixel. */
export const BACKGROUND = 0;
export const UNKNOWN = 128;
export const FOREGROUND = 255;

interface Size {
  width: number;
  height: number;
}

/** Alphas strictly between these (0.05 and 0.95) are doubtful wherever they are. */
const DOUBTFUL = { above: 0.05 * 255, below: 0.95 * 255 };

/** How wide the unknown band is on either side of an edge: 0.8 % of the long side, 4 to 50 pixels. */
export function bandRadius({ width, height }: Size): number {
  return Math.min(50, Math.max(4, Math.round(0.008 * Math.max(width, height))));
}

/** A band along the edge of a soft mask, and wherever the mask is in doubt, is unknown. */
export async function trimapFromAlpha(alpha: Uint8Array, size: Size, pace: Pace): Promise<Uint8Array> {
  const radius = bandRadius(size);
  const window = { before: radius, after: radius, outside: 1 } as const;
  const trimap = alpha.map((value) => (value >= 128 ? 1 : 0));
  const clear = alpha.map((value) => (value < 128 ? 1 : 0));
  await erode(trimap, size, window, pace);
  await erode(clear, size, window, pace);
  for (let i = 0; i < alpha.length; i++) {
    const value = alpha[i] as number;
    if (value > DOUBTFUL.above && value < DOUBTFUL.below) trimap[i] = UNKNOWN;
    else trimap[i] = trimap[i] === 1 ? FOREGROUND : clear[i] === 1 ? BACKGROUND : UNKNOWN;
  }
  return trimap;
}

/** Bytes of alpha, and pixels. */
export interface TrimapThresholds {
  /** Above it a pixel is foreground. */
  foreground: number;
  /** Below it a pixel is background. */
  background: number;
  /** Side of the square that both are eroded with. */
  erode: number;
}

/**
 * The trimap of rembg's alpha matting (rembg/bg.py, alpha_matting_cutout), to the pixel: what the thresholds are sure of,
 * eroded by a square whose even sides reach one further up and left; the picture's border erodes the foreground but not
 * the background; a side of 0 erodes by a cross of 3.
 */
export async function trimapFromThresholds(
  alpha: Uint8Array,
  size: Size,
  { foreground, background, erode: side }: TrimapThresholds,
  pace: Pace,
): Promise<Uint8Array> {
  const trimap = alpha.map((value) => (value > foreground ? 1 : 0));
  const clear = alpha.map((value) => (value < background ? 1 : 0));
  for (const [mask, outside] of [[trimap, 0] as const, [clear, 1] as const]) {
    if (side === 0) await erodeCross(mask, size, outside, pace);
    else await erode(mask, size, { before: side >> 1, after: (side - 1) >> 1, outside }, pace);
  }
  for (let i = 0; i < trimap.length; i++) {
    trimap[i] = trimap[i] === 1 ? FOREGROUND : clear[i] === 1 ? BACKGROUND : UNKNOWN;
  }
  return trimap;
}
