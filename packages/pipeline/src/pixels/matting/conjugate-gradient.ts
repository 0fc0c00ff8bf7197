import type { Pace } from '../pace';
import { type CholeskyFactor, incompleteCholesky, solveFactor } from './incomplete-cholesky';
import { type MattingSystem, SLOTS } from './matting-laplacian';

export interface Effort {
  /** Done when the residual is this share of the right-hand side. */
  tolerance: number;
  iterations: number;
}

/** Preconditioned conjugate gradients from `alpha`, in place. Returns how it ended. */
export async function solveSystem(
  system: MattingSystem,
  alpha: Float64Array,
  effort: Effort,
  pace: Pace,
  onProgress: (fraction: number) => void,
): Promise<{ iterations: number; residual: number }> {
  const { count, right } = system;
  const goal = effort.tolerance * Math.sqrt(dot(right, right));
  const factor: CholeskyFactor = await incompleteCholesky(system, pace);
  const residual = new Float64Array(count);
  const direction = new Float64Array(count);
  const image = new Float64Array(count);
  const step = new Float64Array(count);
  multiply(system, alpha, image);
  for (let u = 0; u < count; u++) residual[u] = (right[u] as number) - (image[u] as number);
  let size = Math.sqrt(dot(residual, residual));
  const first = size;
  let slope = 0;
  let iterations = 0;
  for (; iterations < effort.iterations && size > goal; iterations++) {
    solveFactor(factor, system, residual, step);
    const next = dot(residual, step);
    const keep = iterations === 0 ? 0 : next / slope;
    slope = next;
    for (let u = 0; u < count; u++) direction[u] = (step[u] as number) + keep * (direction[u] as number);
    await pace();
    multiply(system, direction, image);
    const length = slope / dot(direction, image);
    for (let u = 0; u < count; u++) {
      alpha[u] = (alpha[u] as number) + length * (direction[u] as number);
      residual[u] = (residual[u] as number) - length * (image[u] as number);
    }
    size = Math.sqrt(dot(residual, residual));
    onProgress(Math.max(iterations / effort.iterations, Math.min(1, Math.log(first / size) / Math.log(first / goal))));
    await pace();
  }
  return { iterations, residual: size };
}

function multiply(
  { count, diagonal, lower, neighbour }: MattingSystem,
  vector: Float64Array,
  image: Float64Array,
): void {
  for (let u = 0; u < count; u++) {
    const own = vector[u] as number;
    let sum = (diagonal[u] as number) * own;
    for (let at = u * SLOTS, end = at + SLOTS; at < end; at++) {
      const v = neighbour[at] as number;
      const value = lower[at] as number;
      sum += value * (vector[v] as number);
      image[v] = (image[v] as number) + value * own;
    }
    image[u] = sum;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
