/** A place on the screen, in pixels. */
export type Spot = readonly [x: number, y: number];
type Fingers = readonly [Spot, Spot];

/** What two fingers did: apart or together by `factor`, and their middle from one place to another. */
export interface Pinch {
  factor: number;
  from: Spot;
  to: Spot;
}

export function pinchOf(before: Fingers, after: Fingers): Pinch {
  const apart = spread(before);
  return { factor: apart > 0 ? spread(after) / apart : 1, from: middle(before), to: middle(after) };
}

const middle = ([a, b]: Fingers): Spot => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const spread = ([a, b]: Fingers) => Math.hypot(a[0] - b[0], a[1] - b[1]);
