import { createRaster, type Pace, type Raster } from '../pixels';
import { linearLight } from '../pixels/lab';

/** Fine enough that the steepest part of the curves, in the dark, has many entries for one 8-bit step. */
const STEPS = 65_535;

/** Linear light of a byte, scaled to STEPS. */
const LINEAR = Float64Array.from({ length: 256 }, (_, value) => linearLight(value / 255) * STEPS);
/** f of CIE L*a*b* (L* = 116 f - 16) of linear light in STEPS. */
const CURVE = Float32Array.from({ length: STEPS + 1 }, (_, light) => {
  const t = light / STEPS;
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
});
/** The byte of linear light in STEPS. */
const BYTE = Uint8Array.from({ length: STEPS + 1 }, (_, light) => {
  const t = light / STEPS;
  return Math.round(255 * (t <= 0.0031308 ? 12.92 * t : 1.055 * t ** (1 / 2.4) - 0.055));
});

/** L* of every pixel, 0..100 as 0..255. */
export async function readLightness({ width, height, data }: Raster, pace: Pace): Promise<Raster> {
  const lightness = createRaster(width, height, 1);
  for (let y = 0, i = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++, at += 3) lightness.data[i] = toByte(curveOfY(data, at));
    await pace();
  }
  return lightness;
}

/**
 * Gives every pixel the lightness it has in `lightness`, in place; a* and b* stay as they are. Colours that sRGB cannot show are
 * clipped, as everybody does.
 */
export async function writeLightness({ width, height, data }: Raster, lightness: Raster, pace: Pace): Promise<void> {
  for (let y = 0, i = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++, at += 3) {
      const before = curveOfY(data, at);
      const target = lightness.data[i] as number;
      if (toByte(before) === target) continue;
      const change = (target / 2.55 + 16) / 116 - before;
      const [r, g, b] = [
        LINEAR[data[at] as number],
        LINEAR[data[at + 1] as number],
        LINEAR[data[at + 2] as number],
      ] as [number, number, number];
      // Of white D65, as in pixels/lab.ts.
      const X = 0.950456 * light((CURVE[(0.433953 * r + 0.376219 * g + 0.189828 * b) | 0] as number) + change);
      const Y = light(before + change);
      const Z = 1.088754 * light((CURVE[(0.017758 * r + 0.109477 * g + 0.872765 * b) | 0] as number) + change);
      data[at] = byteOf(3.240479 * X - 1.53715 * Y - 0.498535 * Z);
      data[at + 1] = byteOf(-0.969256 * X + 1.875991 * Y + 0.041556 * Z);
      data[at + 2] = byteOf(0.055648 * X - 0.204043 * Y + 1.057311 * Z);
    }
    await pace();
  }
}

function curveOfY(data: Uint8Array, at: number): number {
  const [r, g, b] = [LINEAR[data[at] as number], LINEAR[data[at + 1] as number], LINEAR[data[at + 2] as number]];
  return CURVE[(0.212671 * (r as number) + 0.71516 * (g as number) + 0.072169 * (b as number) + 0.5) | 0] as number;
}

function toByte(curve: number): number {
  return Math.round(2.55 * (116 * curve - 16));
}

/** The inverse of f. */
function light(curve: number): number {
  return curve > 0.206893 ? curve ** 3 : (curve - 16 / 116) / 7.787;
}

function byteOf(linear: number): number {
  return BYTE[Math.max(0, Math.min(STEPS, (linear * STEPS + 0.5) | 0))] as number;
}
