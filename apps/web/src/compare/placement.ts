/** Where a picture lies in its frame: `scale` times as large as when it fits, its top left corner at `x`, `y`. */
export interface Placement {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Placement = { scale: 1, x: 0, y: 0 };
const LARGEST = 16;

/** What is below the point stays there. */
export function zoomedAt({ scale, x, y }: Placement, factor: number, atX: number, atY: number): Placement {
  const next = Math.min(LARGEST, Math.max(1, scale * factor));
  if (next === 1) return WHOLE;
  const ratio = next / scale;
  return { scale: next, x: atX - (atX - x) * ratio, y: atY - (atY - y) * ratio };
}

export function moved({ scale, x, y }: Placement, byX: number, byY: number): Placement {
  return scale === 1 ? WHOLE : { scale, x: x + byX, y: y + byY };
}
