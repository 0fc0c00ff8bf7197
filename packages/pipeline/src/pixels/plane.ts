/** One channel of floats at a working size (at most a few hundred pixels a side, never the size of the photo). */
export interface Plane {
  width: number;
  height: number;
  data: Float32Array;
}

/** Red, green and blue of one picture, all of one size, 0..1 unless said otherwise. */
export type ColourPlanes = readonly [Plane, Plane, Plane];

/** A plane filled with one value. */
export function createPlane(width: number, height: number, value = 0): Plane {
  const data = new Float32Array(width * height);
  return { width, height, data: value === 0 ? data : data.fill(value) };
}

/** A new plane of the same size whose values are `change` of the old ones. */
export function mapPlane(plane: Plane, change: (value: number) => number): Plane {
  const data = new Float32Array(plane.data.length);
  for (let i = 0; i < data.length; i++) data[i] = change(plane.data[i] as number);
  return { width: plane.width, height: plane.height, data };
}

/** The mean over the whole plane. */
export function planeMean(plane: Plane): number {
  let sum = 0;
  for (const value of plane.data) sum += value;
  return sum / plane.data.length;
}

/** The product of two planes of one size, pixel by pixel. */
export function product(p: Plane, q: Plane): Plane {
  const result = createPlane(p.width, p.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = (p.data[i] as number) * (q.data[i] as number);
  return result;
}
