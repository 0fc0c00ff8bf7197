import type { Pace } from '../pace';

interface Size {
  width: number;
  height: number;
}

export interface Window {
  /** Pixels to the left of, and above, the centre. */
  before: number;
  /** Pixels to the right of, and below, the centre. */
  after: number;
  /** What lies outside of the picture. */
  outside: 0 | 1;
}

/** Binary erosion (0 and 1, in place) by a rectangle: O(1) a pixel whatever its size; beside the mask a few rows. */
export async function erode(mask: Uint8Array, size: Size, window: Window, pace: Pace): Promise<void> {
  await erodeRows(mask, size, window, pace);
  await erodeColumns(mask, size, window, pace);
}

/** The same by a plus sign three pixels wide. */
export async function erodeCross(mask: Uint8Array, size: Size, outside: 0 | 1, pace: Pace): Promise<void> {
  const window = { before: 1, after: 1, outside };
  const across = mask.slice();
  await erodeRows(across, size, window, pace);
  await erodeColumns(mask, size, window, pace);
  for (let i = 0; i < mask.length; i++) mask[i] = (mask[i] as number) & (across[i] as number);
}

async function erodeRows(mask: Uint8Array, { width, height }: Size, window: Window, pace: Pace): Promise<void> {
  const { before, after } = window;
  const empty = 1 - window.outside;
  const row = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    const from = y * width;
    row.set(mask.subarray(from, from + width));
    const at = (x: number) => (x < 0 || x >= width ? empty : 1 - (row[x] as number));
    let zeros = 0;
    for (let x = -before; x < after; x++) zeros += at(x);
    for (let x = 0; x < width; x++) {
      zeros += at(x + after);
      mask[from + x] = zeros === 0 ? 1 : 0;
      zeros -= at(x - before);
    }
    await pace();
  }
}

async function erodeColumns(mask: Uint8Array, { width, height }: Size, window: Window, pace: Pace): Promise<void> {
  const { before, after } = window;
  const empty = 1 - window.outside;
  const zeros = new Uint16Array(width);
  // The rows of the window that are overwritten already, as they were.
  const kept = new Uint8Array((before + 1) * width);
  const add = (y: number) => {
    for (let x = 0, i = y * width; x < width; x++, i++) {
      zeros[x] = (zeros[x] as number) + (y < 0 || y >= height ? empty : 1 - (mask[i] as number));
    }
  };
  for (let y = -before; y < after; y++) add(y);
  for (let y = 0; y < height; y++) {
    add(y + after);
    const slot = (y % (before + 1)) * width;
    kept.set(mask.subarray(y * width, (y + 1) * width), slot);
    const leaving = (((y - before) % (before + 1)) + before + 1) % (before + 1);
    for (let x = 0, i = y * width; x < width; x++, i++) {
      mask[i] = zeros[x] === 0 ? 1 : 0;
      const gone = y < before ? empty : 1 - (kept[leaving * width + x] as number);
      zeros[x] = (zeros[x] as number) - gone;
    }
    await pace();
  }
}
