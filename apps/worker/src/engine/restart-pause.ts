const LONGEST_PAUSE_MS = 30_000;

/** No pause after the first death, then a quarter of a second, doubling. */
export function pauseAfter(deathsInARow: number): number {
  return deathsInARow <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, 250 * 2 ** (deathsInARow - 2));
}
