import { createPlane, type Plane } from './plane';

/** The mean over a (2r+1) x (2r+1) window, borders mirrored (edge pixel repeated), O(1) a pixel whatever the radius. */
export function boxBlur(plane: Plane, radius: number): Plane {
  const { width, height, data } = plane;
  const blurred = createPlane(width, height);
  if (radius <= 0) {
    blurred.data.set(data);
    return blurred;
  }
  const window = 2 * radius + 1;
  const across = createPlane(width, height).data;
  const column = mirroredIndex(width, radius);
  for (let y = 0; y < height; y++) {
    const offset = y * width;
    let sum = 0;
    for (let i = 0; i < window; i++) sum += data[offset + (column[i] as number)] as number;
    across[offset] = sum / window;
    for (let x = 1; x < width; x++) {
      sum +=
        (data[offset + (column[x + window - 1] as number)] as number) -
        (data[offset + (column[x - 1] as number)] as number);
      across[offset + x] = sum / window;
    }
  }
  const row = mirroredIndex(height, radius);
  // Sums in doubles: a float running sum would drift over hundreds of rows.
  const sums = new Float64Array(width);
  for (let i = 0; i < window; i++) {
    const offset = (row[i] as number) * width;
    for (let x = 0; x < width; x++) sums[x] = (sums[x] as number) + (across[offset + x] as number);
  }
  for (let y = 0; y < height; y++) {
    if (y > 0) {
      const enters = (row[y + window - 1] as number) * width;
      const leaves = (row[y - 1] as number) * width;
      for (let x = 0; x < width; x++) {
        sums[x] = (sums[x] as number) + (across[enters + x] as number) - (across[leaves + x] as number);
      }
    }
    const offset = y * width;
    for (let x = 0; x < width; x++) blurred.data[offset + x] = (sums[x] as number) / window;
  }
  return blurred;
}

/** Entry i is the source index of position i - radius, mirrored as often as a window wider than the plane needs. */
export function mirroredIndex(length: number, radius: number): Int32Array {
  const index = new Int32Array(length + 2 * radius);
  const period = 2 * length;
  for (let i = 0; i < index.length; i++) {
    const at = (((i - radius) % period) + period) % period;
    index[i] = at < length ? at : period - 1 - at;
  }
  return index;
}
