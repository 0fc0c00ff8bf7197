import { AppError } from '@packshot/contracts';
import type { GraphOutput } from './record';

/** Tests run where a global is looked up slowly, and these are asked for every pixel. */
const { exp, max, min } = Math;

/** How far beyond 0..1 rounding may carry a value that is a probability. */
const SLACK = 0.01;
/** Logits of a picture hardly ever all lie in 0..1, and never spread that far within it. */
const LOOKS_ACTIVATED = 0.5;

/**
 * Makes the record's range of what a graph gave, in place. The numeric trap of the field is a squashing too many or too
 * few, and its result still looks like a mask; an alpha that cannot be what the record says is therefore refused.
 * @throws model_mismatch
 */
export function activate(id: string, { role, activation, min_max }: GraphOutput, values: Float32Array): void {
  if (role === 'alpha') probe(id, activation, values);
  if (activation === 'sigmoid')
    for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + exp(-(values[i] as number)));
  if (activation === 'clamp') for (let i = 0; i < values.length; i++) values[i] = min(1, max(0, values[i] as number));
  if (min_max) stretch(values);
}

/** Stretches values to 0..1 by their extremes; equal ones become 0. */
export function stretch(values: Float32Array): void {
  const { least, greatest } = extremes(values);
  const span = greatest - least;
  for (let i = 0; i < values.length; i++) values[i] = span > 0 ? ((values[i] as number) - least) / span : 0;
}

function probe(id: string, activation: GraphOutput['activation'], values: Float32Array): void {
  const { least, greatest } = extremes(values);
  const found = `${least.toPrecision(3)} to ${greatest.toPrecision(3)}`;
  const refuse = (expected: string) =>
    new AppError('model_mismatch', `The model ${id} does not match its record: ${expected} expected, ${found} found.`);
  if (activation === 'none' && (least < -SLACK || greatest > 1 + SLACK)) throw refuse('an alpha of 0 to 1 was');
  if (activation === 'sigmoid' && least >= 0 && greatest <= 1 && greatest - least > LOOKS_ACTIVATED) {
    throw refuse('logits were');
  }
}

function extremes(values: Float32Array): { least: number; greatest: number } {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { least, greatest };
}
