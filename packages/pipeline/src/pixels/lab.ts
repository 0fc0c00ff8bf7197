import { type ColourPlanes, createPlane } from './plane';

/** Linear light of an sRGB value 0..1 (IEC 61966-2-1). */
export function linearLight(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** sRGB planes 0..1 to CIE L*a*b*, white D65: L 0..100, a and b about -110..110. */
export function toLab([red, green, blue]: ColourPlanes): ColourPlanes {
  const { width, height } = red;
  const lightness = createPlane(width, height);
  const a = createPlane(width, height);
  const b = createPlane(width, height);
  for (let i = 0; i < red.data.length; i++) {
    const r = linearLight(red.data[i] as number);
    const g = linearLight(green.data[i] as number);
    const u = linearLight(blue.data[i] as number);
    const x = labCurve((0.412453 * r + 0.35758 * g + 0.180423 * u) / 0.950456);
    const y = labCurve(0.212671 * r + 0.71516 * g + 0.072169 * u);
    const z = labCurve((0.019334 * r + 0.119193 * g + 0.950227 * u) / 1.088754);
    lightness.data[i] = 116 * y - 16;
    a.data[i] = 500 * (x - y);
    b.data[i] = 200 * (y - z);
  }
  return [lightness, a, b];
}

function labCurve(t: number): number {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}
