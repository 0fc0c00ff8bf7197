import { findBackdrop, type Softness } from './backdrop';
import { gaussianBlur } from './gaussian-blur';
import { type GuidedCoefficients, guidedCoefficients } from './guided-filter';
import { leaveObjects } from './leave-objects';
import type { Pace } from './pace';
import { type ColourPlanes, createPlane, mapPlane, type Plane, product } from './plane';
import type { Raster } from './raster';
import { toPlanes, workingSize } from './resize';
import { createRowSampler } from './row-sampler';

/** What lifts the shadows of one photo, at working size; made by `retinexGain`, used by `applyGain`. */
export interface ShadowGain {
  /** The factor for all three channels, >= 1; goes on smoothly under the product. */
  gain: Plane;
  /** Where it applies, 0..1, as guided coefficients: at full size its edge follows the photo's own. */
  mask: GuidedCoefficients;
}

const WORK_SIDE = 384;
/** The classical three scales, for a picture of this long side. */
const SIGMAS = [15, 80, 250];
const SIGMA_SIDE = 1024;
const ROUNDS = 4;
/** How fast a darker pixel loses its say in what "lit" means: one of 90 % keeps about a fifth. */
const LIT_BIAS = 16;
/** Relative darkening below the first figure is left alone, above the second fully lifted. */
const IGNORED = 0.01;
const CERTAIN = 0.03;
const LARGEST_GAIN = 2.5;
/** From generous to strict: the strict ones lose deep shadows, the generous ones sometimes the product's outline. */
const SOFTNESS: readonly Softness[] = [
  { step: 0.04, clearance: 3 },
  { step: 0.028, clearance: 4 },
  { step: 0.02, clearance: 4 },
];
/** Share of the picture that may be left alone as object before a stricter attempt is made. */
const UNIMPORTANT = 0.003;

/**
 * The gain field that lifts soft shadows on the backdrop. Multi-Scale Retinex (Jobson 1997; chromaticity preserving as in
 * Petro, Sbert, Morel, IPOL 2014) on intensity, with two changes: the surround is the *lit backdrop* around a pixel, so
 * a dark product throws no bright halo, and only the backdrop is lifted. Shadows with a hard edge stay;
 * a product within about 7 % of the backdrop's brightness and of its colour may be lifted with it. `strength` 0..1; 0
 * gives a field of ones.
 */
export async function retinexGain(photo: Raster, pace: Pace, strength = 1): Promise<ShadowGain> {
  const size = workingSize(photo.width, photo.height, WORK_SIDE);
  const picture = await toPlanes(photo, size.width, size.height, pace);
  const found = await backdropGain(picture, pace);
  const gain = found ? mapPlane(found.gain, (g) => 1 + strength * (g - 1)) : createPlane(size.width, size.height, 1);
  const mask = found?.mask ?? createPlane(size.width, size.height);
  return { gain, mask: guidedCoefficients(picture, mask, { radius: 3, epsilon: 1e-4 }) };
}

/** Multiplies the photo by the field in place, row by row; no channel passes 255. The field must come from this photo. */
export async function applyGain(photo: Raster, field: ShadowGain, pace: Pace): Promise<void> {
  const { width, height, channels, data } = photo;
  const sampleRow = createRowSampler([field.gain, ...field.mask.a, field.mask.b], width, height);
  const green = channels === 3 ? 1 : 0;
  const blue = channels === 3 ? 2 : 0;
  for (let y = 0, at = 0; y < height; y++) {
    const [gain, ar, ag, ab, b] = sampleRow(y) as unknown as [F, F, F, F, F];
    for (let x = 0; x < width; x++, at += channels) {
      const lift = (gain[x] as number) - 1;
      if (lift < 0.002) continue;
      const r = data[at] as number;
      const g = data[at + green] as number;
      const u = data[at + blue] as number;
      const raw = ((ar[x] as number) * r + (ag[x] as number) * g + (ab[x] as number) * u) / 255 + (b[x] as number);
      if (raw <= 0.1) continue;
      let factor = raw >= 0.9 ? 1 + lift : 1 + ((raw - 0.1) / 0.8) * lift;
      const brightest = Math.max(r, g, u);
      if (brightest * factor > 255) factor = 255 / brightest;
      data[at] = r * factor + 0.5;
      if (channels === 3) {
        data[at + 1] = g * factor + 0.5;
        data[at + 2] = u * factor + 0.5;
      }
    }
    await pace();
  }
}

/** How much of the backdrop lies in soft shadow, 0..1 (mean relative darkening over the picture): 0.01 is barely visible. */
export async function measureShadow(photo: Raster, pace: Pace): Promise<number> {
  const size = workingSize(photo.width, photo.height, WORK_SIDE);
  const found = await backdropGain(await toPlanes(photo, size.width, size.height, pace), pace);
  return found ? meanLift(found) : 0;
}

type F = Float32Array;

interface BackdropGain {
  gain: Plane;
  mask: Plane;
}

/**
 * The full-strength gain and the backdrop's mask at working size; null where there is no studio backdrop. Where a shadow
 * and its object are nearly equally bright, the mask leaks into the object and both are left alone; a stricter idea of
 * softness then often parts them. Of the attempts the one that lifts most is kept.
 */
async function backdropGain(picture: ColourPlanes, pace: Pace): Promise<BackdropGain | null> {
  let best: BackdropGain | null = null;
  for (const softness of SOFTNESS) {
    const attempt = await attemptGain(picture, softness, pace);
    if (attempt && (!best || meanLift(attempt) > meanLift(best))) best = attempt;
    if (attempt && attempt.leftAlone < UNIMPORTANT * attempt.gain.data.length) break;
  }
  return best;
}

async function attemptGain(
  picture: ColourPlanes,
  softness: Softness,
  pace: Pace,
): Promise<(BackdropGain & { leftAlone: number }) | null> {
  const backdrop = findBackdrop(picture, softness);
  await pace();
  if (!backdrop) return null;
  const { intensity, mask, likeness } = backdrop;
  const scale = Math.max(intensity.width, intensity.height) / SIGMA_SIDE;
  const log = mapPlane(intensity, Math.log);
  let lit = product(mask, likeness);
  const backdropWeight = lit;
  let retinex = createPlane(intensity.width, intensity.height);
  for (let round = 0; round < ROUNDS; round++) {
    retinex = multiScaleRetinex(log, lit, scale);
    await pace();
    lit = createPlane(intensity.width, intensity.height);
    for (let i = 0; i < lit.data.length; i++) {
      lit.data[i] = (backdropWeight.data[i] as number) * Math.exp(LIT_BIAS * Math.min(0, retinex.data[i] as number));
    }
  }
  const gain = createPlane(intensity.width, intensity.height, 1);
  for (let i = 0; i < gain.data.length; i++) {
    const darkening = 1 - Math.exp(Math.min(0, retinex.data[i] as number));
    const certain = Math.min(1, Math.max(0, (darkening - IGNORED) / (CERTAIN - IGNORED)));
    const lift = 1 / (1 - darkening * certain) - 1;
    gain.data[i] = Math.min(LARGEST_GAIN, 1 + lift * (likeness.data[i] as number));
  }
  const leftAlone = leaveObjects(gain, mask);
  return { gain: extendOver(gain, mask), mask, leftAlone };
}

/** Mean relative darkening of the backdrop that the gain would lift. */
function meanLift({ gain, mask }: BackdropGain): number {
  let darkening = 0;
  for (let i = 0; i < gain.data.length; i++) {
    darkening += (mask.data[i] as number) * (1 - 1 / (gain.data[i] as number));
  }
  return darkening / gain.data.length;
}

/** log I minus the log of the lit surround, over the scales weighted by how much lit backdrop each of them sees. */
function multiScaleRetinex(log: Plane, lit: Plane, scale: number): Plane {
  const weighted = product(lit, log);
  const surround = createPlane(log.width, log.height);
  const seen = createPlane(log.width, log.height, 1e-6);
  for (const sigma of SIGMAS) {
    const sum = gaussianBlur(weighted, sigma * scale);
    const weight = gaussianBlur(lit, sigma * scale);
    for (let i = 0; i < surround.data.length; i++) {
      surround.data[i] = (surround.data[i] as number) + (sum.data[i] as number);
      seen.data[i] = (seen.data[i] as number) + (weight.data[i] as number);
    }
  }
  for (let i = 0; i < surround.data.length; i++) {
    const around = (surround.data[i] as number) / (seen.data[i] as number);
    surround.data[i] = (log.data[i] as number) - around;
  }
  return surround;
}

/** Carries the backdrop's gain a little way under the product, so that the field has no step at the product's outline. */
function extendOver(gain: Plane, mask: Plane): Plane {
  const sum = createPlane(gain.width, gain.height);
  for (let i = 0; i < sum.data.length; i++) sum.data[i] = (mask.data[i] as number) * ((gain.data[i] as number) - 1);
  const near = gaussianBlur(sum, 2);
  const weight = gaussianBlur(mask, 2);
  return {
    ...gain,
    data: gain.data.map((g, i) =>
      mask.data[i] === 1 ? g : 1 + (near.data[i] as number) / ((weight.data[i] as number) + 1e-3),
    ),
  };
}
