import { boxBlur } from './box-blur';
import type { Pace } from './pace';
import { type ColourPlanes, createPlane, type Plane, product } from './plane';
import type { Raster } from './raster';
import { createRowSampler } from './row-sampler';

/** The local linear model alpha = a[0]*R + a[1]*G + a[2]*B + b, colours 0..1, at working size, already box-averaged. */
export interface GuidedCoefficients {
  a: ColourPlanes;
  b: Plane;
}

/** Colour-guided filter (He, Sun, Tang 2010/2013): the coefficients that let `guide` explain `target`. Same sizes. */
export function guidedCoefficients(
  guide: ColourPlanes,
  target: Plane,
  options: { radius: number; epsilon: number },
): GuidedCoefficients {
  return createGuide(guide, options)(target);
}

/**
 * The same for several targets under one guide: the window statistics of the guide, and the inverse of its covariance
 * (+ epsilon on the diagonal), are worked out once.
 */
export function createGuide(
  guide: ColourPlanes,
  options: { radius: number; epsilon: number },
): (target: Plane) => GuidedCoefficients {
  const mean = guide.map((plane) => boxBlur(plane, options.radius)) as unknown as ColourPlanes;
  const inverse = inverseCovariance(guide, mean, options);
  const [xx, xy, xz, yy, yz, zz] = inverse.map((plane) => plane.data) as [F, F, F, F, F, F];
  const [mr, mg, mb] = mean.map((plane) => plane.data) as [F, F, F];
  const { width, height } = guide[0];
  return (target) => {
    const meanTarget = boxBlur(target, options.radius).data;
    const [cr, cg, cb] = guide.map((plane) => boxBlur(product(plane, target), options.radius).data) as [F, F, F];
    const [ar, ag, ab, b] = [0, 1, 2, 3].map(() => createPlane(width, height)) as [Plane, Plane, Plane, Plane];
    for (let i = 0; i < meanTarget.length; i++) {
      const m = meanTarget[i] as number;
      const r = (cr[i] as number) - (mr[i] as number) * m;
      const g = (cg[i] as number) - (mg[i] as number) * m;
      const u = (cb[i] as number) - (mb[i] as number) * m;
      const x = (xx[i] as number) * r + (xy[i] as number) * g + (xz[i] as number) * u;
      const y = (xy[i] as number) * r + (yy[i] as number) * g + (yz[i] as number) * u;
      const z = (xz[i] as number) * r + (yz[i] as number) * g + (zz[i] as number) * u;
      ar.data[i] = x;
      ag.data[i] = y;
      ab.data[i] = z;
      b.data[i] = m - x * (mr[i] as number) - y * (mg[i] as number) - z * (mb[i] as number);
    }
    const average = (plane: Plane) => boxBlur(plane, options.radius);
    return { a: [average(ar), average(ag), average(ab)], b: average(b) };
  };
}

/** The filter's output at working size, unclipped. */
export function guidedOutput(guide: ColourPlanes, coefficients: GuidedCoefficients): Plane {
  const { width, height } = guide[0];
  const output = createPlane(width, height);
  const [r, g, u] = guide.map((plane) => plane.data) as [F, F, F];
  const [ar, ag, ab] = coefficients.a.map((plane) => plane.data) as [F, F, F];
  const b = coefficients.b.data;
  for (let i = 0; i < b.length; i++) {
    output.data[i] =
      (ar[i] as number) * (r[i] as number) +
      (ag[i] as number) * (g[i] as number) +
      (ab[i] as number) * (u[i] as number) +
      (b[i] as number);
  }
  return output;
}

/**
 * Applies coefficients to the full-size photo (fast guided filter): coefficients are sampled bilinearly row by row,
 * values between `low` and `high` are stretched to 0..255. Returns width * height bytes.
 */
export async function applyGuided(
  photo: Raster,
  coefficients: GuidedCoefficients,
  stretch: { low: number; high: number },
  pace: Pace,
): Promise<Uint8Array> {
  const { width, height, channels, data } = photo;
  const alpha = new Uint8Array(width * height);
  const clamped = new Uint8ClampedArray(alpha.buffer);
  const sampleRow = createRowSampler([...coefficients.a, coefficients.b], width, height);
  const scale = 255 / (stretch.high - stretch.low);
  const green = channels === 3 ? 1 : 0;
  const blue = channels === 3 ? 2 : 0;
  for (let y = 0, at = 0, from = 0; y < height; y++) {
    const [ar, ag, ab, b] = sampleRow(y) as unknown as [F, F, F, F];
    for (let x = 0; x < width; x++, at++, from += channels) {
      const sum =
        (ar[x] as number) * (data[from] as number) +
        (ag[x] as number) * (data[from + green] as number) +
        (ab[x] as number) * (data[from + blue] as number);
      clamped[at] = (sum / 255 + (b[x] as number) - stretch.low) * scale;
    }
    await pace();
  }
  return alpha;
}

type F = Float32Array;

/** xx, xy, xz, yy, yz, zz of the inverse of the 3x3 window covariance plus epsilon (adjugate over determinant). */
function inverseCovariance(
  guide: ColourPlanes,
  mean: ColourPlanes,
  { radius, epsilon }: { radius: number; epsilon: number },
): Plane[] {
  const covariance = (i: 0 | 1 | 2, j: 0 | 1 | 2): F => {
    const { data } = boxBlur(product(guide[i], guide[j]), radius);
    const [mi, mj] = [mean[i].data, mean[j].data];
    for (let k = 0; k < data.length; k++) {
      data[k] = (data[k] as number) - (mi[k] as number) * (mj[k] as number) + (i === j ? epsilon : 0);
    }
    return data;
  };
  const [rr, rg, rb] = [covariance(0, 0), covariance(0, 1), covariance(0, 2)];
  const [gg, gb, bb] = [covariance(1, 1), covariance(1, 2), covariance(2, 2)];
  const { width, height } = guide[0];
  const inverse = Array.from({ length: 6 }, () => createPlane(width, height));
  const [xx, xy, xz, yy, yz, zz] = inverse.map((plane) => plane.data) as [F, F, F, F, F, F];
  for (let i = 0; i < rr.length; i++) {
    const [a, b, c] = [rr[i] as number, rg[i] as number, rb[i] as number];
    const [d, e, f] = [gg[i] as number, gb[i] as number, bb[i] as number];
    const [ca, cb, cc] = [d * f - e * e, c * e - b * f, b * e - c * d];
    const determinant = a * ca + b * cb + c * cc;
    xx[i] = ca / determinant;
    xy[i] = cb / determinant;
    xz[i] = cc / determinant;
    yy[i] = (a * f - c * c) / determinant;
    yz[i] = (b * c - a * e) / determinant;
    zz[i] = (a * d - b * b) / determinant;
  }
  return inverse;
}
