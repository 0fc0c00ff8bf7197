import type { Plane } from './plane';

/** The mean over a (2r+1) x (2r+1) window, borders mirrored (edge pixel repeated), O(1) a pixel whatever the radius. */
export function boxBlur(plane: Plane, radius: number): Plane {
  void [plane, radius];
  throw new Error('not written yet');
}
