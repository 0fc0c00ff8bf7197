import type { Plane } from './plane';

/**
 * Samples small planes of one size bilinearly at the rows of a larger picture, half-pixel centres, edges repeated. The
 * returned function gives one float row for each plane; the rows are reused, so read them before asking for the next.
 * Ask for rows in order: each source row is then stretched once, and the picture never exists in floats.
 */
export function createRowSampler(
  planes: readonly Plane[],
  width: number,
  height: number,
): (y: number) => readonly Float32Array[] {
  const from = planes[0];
  if (!from) return () => [];
  const left = new Int32Array(width);
  const share = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    const at = centre(x, from.width, width);
    left[x] = Math.min(Math.floor(at), Math.max(0, from.width - 2));
    share[x] = at - (left[x] as number);
  }
  const rows = planes.map(() => new Float32Array(width));
  // Two stretched source rows a plane; source row i lives in slot i % 2, so going down replaces the older one.
  const stretched = planes.map(() => [new Float32Array(width), new Float32Array(width)] as const);
  const held = [-1, -1];

  function stretch(sourceRow: number): void {
    const slot = sourceRow % 2;
    if (held[slot] === sourceRow) return;
    held[slot] = sourceRow;
    for (let p = 0; p < planes.length; p++) {
      const { data, width: sourceWidth } = planes[p] as Plane;
      const target = (stretched[p] as readonly [Float32Array, Float32Array])[slot as 0 | 1];
      const offset = sourceRow * sourceWidth;
      const step = sourceWidth > 1 ? 1 : 0;
      for (let x = 0; x < width; x++) {
        const at = offset + (left[x] as number);
        const a = data[at] as number;
        target[x] = a + (share[x] as number) * ((data[at + step] as number) - a);
      }
    }
  }

  return (y) => {
    const at = centre(y, from.height, height);
    const top = Math.min(Math.floor(at), Math.max(0, from.height - 2));
    const bottom = Math.min(from.height - 1, top + 1);
    const weight = at - top;
    stretch(top);
    stretch(bottom);
    for (let p = 0; p < planes.length; p++) {
      const pair = stretched[p] as readonly [Float32Array, Float32Array];
      const upper = pair[(top % 2) as 0 | 1];
      const lower = pair[(bottom % 2) as 0 | 1];
      const row = rows[p] as Float32Array;
      for (let x = 0; x < width; x++) {
        const a = upper[x] as number;
        row[x] = a + weight * ((lower[x] as number) - a);
      }
    }
    return rows;
  };
}

function centre(index: number, from: number, to: number): number {
  return Math.min(from - 1, Math.max(0, ((index + 0.5) * from) / to - 0.5));
}
