import { createGuide, type GuidedCoefficients } from './guided-filter';
import type { Pace } from './pace';
import { type ColourPlanes, createPlane, type Plane } from './plane';
import type { Raster } from './raster';
import { createRowSampler } from './row-sampler';

/** What brightens a part of a photo: a factor for each channel as the photo's own linear model, and where it applies. */
export interface ColourGain {
  factors: readonly [GuidedCoefficients, GuidedCoefficients, GuidedCoefficients];
  /** 0..1. */
  mask: Plane;
}

/** Where a pixel is black a ratio says nothing: both sides are lifted by this much. */
const DARK = 1 / 64;
const FACTOR = { least: 0.5, most: 6 };
const SMOOTHING = { radius: 8, epsilon: 1e-3 };

/**
 * The change from one picture to another of one size as smooth factors that follow the first one's edges: detail that a
 * network lost, or invented, is not in them.
 */
export function measureGain(before: ColourPlanes, after: ColourPlanes, mask: Plane): ColourGain {
  const factor = (channel: 0 | 1 | 2): Plane => {
    const ratio = createPlane(mask.width, mask.height);
    for (let i = 0; i < ratio.data.length; i++) {
      const quotient = ((after[channel].data[i] as number) + DARK) / ((before[channel].data[i] as number) + DARK);
      ratio.data[i] = Math.min(FACTOR.most, Math.max(FACTOR.least, quotient));
    }
    return ratio;
  };
  return followPhoto(before, [factor(0), factor(1), factor(2)], mask);
}

/** Factors of a small picture as models of its colours, whose edges at full size are the photo's own. */
export function followPhoto(picture: ColourPlanes, [red, green, blue]: ColourPlanes, mask: Plane): ColourGain {
  const explain = createGuide(picture, SMOOTHING);
  return { factors: [explain(red), explain(green), explain(blue)], mask };
}

/** Multiplies the photo by the factors in place, row by row; `strength` 0..1 weighs them against none. */
export async function applyColourGain(
  photo: Raster,
  { factors, mask }: ColourGain,
  strength: number,
  pace: Pace,
): Promise<void> {
  const { width, height, data } = photo;
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  const sampleRow = createRowSampler([mask, ...factors.flatMap(({ a, b }) => [...a, b])], width, height);
  for (let y = 0, at = 0; y < height; y++) {
    const [where, rr, rg, rb, r0, gr, gg, gb, g0, br, bg, bb, b0] = sampleRow(y) as unknown as Rows;
    for (let x = 0; x < width; x++, at += 3) {
      const weight = strength * (where[x] as number);
      if (weight < 0.004) continue;
      const red = (data[at] as number) / 255;
      const green = (data[at + 1] as number) / 255;
      const blue = (data[at + 2] as number) / 255;
      const lift = (r: F, g: F, b: F, rest: F) =>
        1 +
        weight *
          ((r[x] as number) * red + (g[x] as number) * green + (b[x] as number) * blue + (rest[x] as number) - 1);
      clamped[at] = 255 * red * lift(rr, rg, rb, r0);
      clamped[at + 1] = 255 * green * lift(gr, gg, gb, g0);
      clamped[at + 2] = 255 * blue * lift(br, bg, bb, b0);
    }
    await pace();
  }
}

type F = Float32Array;
type Rows = readonly [where: F, F, F, F, F, F, F, F, F, F, F, F, F];
