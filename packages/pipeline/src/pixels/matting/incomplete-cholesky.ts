import type { Pace } from '../pace';
import { EARLIER, type MattingSystem, SLOTS } from './matting-laplacian';

/** Tried in turn: what is added to the diagonal, as a share of it, until every pivot is positive. */
const SHIFTS = [0, 1e-4, 1e-3, 1e-2, 0.1, 1];
const ROWS_A_STRIDE = 8192;

/** L * transpose(L), about the system's matrix: L has entries only where the matrix has. */
export interface CholeskyFactor {
  /** 1 / diagonal of L. */
  inverse: Float64Array;
  /** As `lower` of the system. */
  lower: Float64Array;
}

/**
 * Pairs of a pixel's neighbours of which one is an earlier neighbour of the other: `of` is reached from `through` over
 * the slot `by`.
 */
const CHAINS = EARLIER.map(([y, x]) =>
  EARLIER.flatMap(([otherY, otherX], through) => {
    const by = EARLIER.findIndex(([dy, dx]) => dy === otherY - y && dx === otherX - x);
    return by < 0 ? [] : [through, by];
  }),
);

/** Incomplete Cholesky factorisation without fill-in: the preconditioner of the conjugate gradients. */
export async function incompleteCholesky(system: MattingSystem, pace: Pace): Promise<CholeskyFactor> {
  const factor = { inverse: new Float64Array(system.count), lower: new Float64Array(system.lower.length) };
  for (const shift of SHIFTS) if (await factorise(system, shift, factor, pace)) return factor;
  // Not definite even so (it cannot be, rounding aside): the diagonal alone.
  factor.lower.fill(0);
  for (let u = 0; u < system.count; u++)
    factor.inverse[u] = 1 / Math.sqrt(Math.max(1e-12, system.diagonal[u] as number));
  return factor;
}

async function factorise(system: MattingSystem, shift: number, factor: CholeskyFactor, pace: Pace): Promise<boolean> {
  const { count, neighbour } = system;
  const { inverse, lower } = factor;
  for (let u = 0; u < count; u++) {
    const from = u * SLOTS;
    let pivot = (system.diagonal[u] as number) * (1 + shift);
    for (let k = 0; k < SLOTS; k++) {
      const v = neighbour[from + k] as number;
      let value = system.lower[from + k] as number;
      if (v === u) continue;
      const chain = CHAINS[k] as number[];
      for (let c = 0; c < chain.length; c += 2) {
        value -=
          (lower[from + (chain[c] as number)] as number) * (lower[v * SLOTS + (chain[c + 1] as number)] as number);
      }
      value *= inverse[v] as number;
      lower[from + k] = value;
      pivot -= value * value;
    }
    if (!(pivot > 1e-12)) return false;
    inverse[u] = 1 / Math.sqrt(pivot);
    if (u % ROWS_A_STRIDE === 0) await pace();
  }
  return true;
}

/** solution = inverse(L * transpose(L)) * right. */
export function solveFactor(
  { inverse, lower }: CholeskyFactor,
  { count, neighbour }: MattingSystem,
  right: Float64Array,
  solution: Float64Array,
): void {
  for (let u = 0; u < count; u++) {
    let sum = right[u] as number;
    solution[u] = 0;
    for (let at = u * SLOTS, end = at + SLOTS; at < end; at++) {
      sum -= (lower[at] as number) * (solution[neighbour[at] as number] as number);
    }
    solution[u] = sum * (inverse[u] as number);
  }
  for (let u = count - 1; u >= 0; u--) {
    const value = (solution[u] as number) * (inverse[u] as number);
    for (let at = u * SLOTS, end = at + SLOTS; at < end; at++) {
      const v = neighbour[at] as number;
      solution[v] = (solution[v] as number) - (lower[at] as number) * value;
    }
    solution[u] = value;
  }
}
