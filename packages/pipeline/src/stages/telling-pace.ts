import type { Pace } from '../pixels';

/** A pace that tells how far the work is, by how often it is awaited of how often it will be; never back, and hundredths are enough. */
export function tellingPace(pace: Pace, calls: number, tell: (fraction: number) => void): Pace {
  let [made, told] = [0, 0];
  return () => {
    made++;
    const hundredths = Math.min(99, Math.floor((100 * made) / calls));
    if (hundredths > told) {
      told = hundredths;
      tell(told / 100);
    }
    return pace();
  };
}
