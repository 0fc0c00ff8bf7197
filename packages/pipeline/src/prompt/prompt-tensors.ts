import { AppError, PROMPT_MASK_SIDE, type Prompt } from '@packshot/contracts';
import type { GraphContract, GraphInput, ModelRecord } from '../models/record';
import type { Tensor } from '../runtime/session';
import { readMask } from './former-mask';

interface Size {
  width: number;
  height: number;
}

/** What a prompt asks for, in the pixels of the frame that the encoder saw. Each box is an object; points are all of one. */
export interface FramedPrompt {
  /** x, y, x, y… */
  points: number[];
  labels: number[];
  /** left, top, right, bottom of each. */
  boxes: number[][];
  mask: Float32Array | null;
  objects: number;
}

/** Labels that stand for the corners of a box, in graphs without an input for boxes. */
const [TOP_LEFT, BOTTOM_RIGHT] = [2, 3];

/** @throws invalid_pipeline when a point, or a whole box, lies outside the photo */
export function framePrompt(prompt: Omit<Prompt, 'best_of' | 'softness'>, photo: Size, frame: Size): FramedPrompt {
  const across = (x: number) => (x / photo.width) * frame.width;
  const down = (y: number) => (y / photo.height) * frame.height;
  for (const [x, y] of prompt.points) {
    if (x > photo.width || y > photo.height) throw outside(`the point ${x}, ${y}`, photo);
  }
  const boxes = prompt.boxes.map(([left, top, right, bottom]) => {
    if (left >= photo.width || top >= photo.height) throw outside(`the box at ${left}, ${top}`, photo);
    return [across(left), down(top), across(Math.min(right, photo.width)), down(Math.min(bottom, photo.height))];
  });
  return {
    points: prompt.points.flatMap(([x, y]) => [across(x), down(y)]),
    labels: prompt.points.map(([, , label]) => label),
    boxes,
    mask: prompt.mask === undefined ? null : readMask(prompt.mask),
    objects: Math.max(1, boxes.length),
  };
}

/**
 * The prompt's inputs of a decoder, by their roles: boxes as such where the graph takes them, else as two points of their own
 * that come first. What is not asked for is of length zero.
 * @throws invalid_pipeline when there is a mask of a former answer and the graph takes none
 */
export function promptTensor(
  { id }: Pick<ModelRecord, 'id'>,
  decoder: GraphContract,
  input: GraphInput,
  prompt: FramedPrompt,
): Tensor {
  const { objects, boxes, mask } = prompt;
  const takes = (role: GraphInput['role']) => decoder.inputs.some((candidate) => candidate.role === role);
  if (mask !== null && !takes('previous_mask')) {
    throw new AppError('invalid_pipeline', `The model ${id} does not support the mask of a former answer.`);
  }
  const rows = takes('boxes') ? [prompt] : withCorners(prompt);
  const each = rows[0]?.labels.length ?? 0;
  switch (input.role) {
    case 'points':
      return tensor(
        rows.flatMap(({ points }) => points),
        lead(input, 4, [rows.length, each, 2]),
      );
    case 'labels':
      // Without points there are as many rows of no labels as there are boxes.
      return tensor(
        rows.flatMap(({ labels }) => labels),
        lead(input, 3, [each === 0 ? objects : rows.length, each]),
      );
    case 'boxes':
      return tensor(boxes.flat(), [1, boxes.length, 4]);
    case 'previous_mask':
      return {
        data: mask?.slice() ?? new Float32Array(PROMPT_MASK_SIDE ** 2),
        dims: [1, 1, PROMPT_MASK_SIDE, PROMPT_MASK_SIDE],
      };
    case 'has_previous_mask':
      return tensor([mask === null ? 0 : 1], [1]);
    default:
      throw new AppError('model_mismatch', `The decoder of ${id} has an input for ${input.role}.`);
  }
}

function withCorners({ points, labels, boxes }: FramedPrompt): { points: number[]; labels: number[] }[] {
  if (boxes.length === 0) return [{ points, labels }];
  return boxes.map((box) => ({ points: [...box, ...points], labels: [TOP_LEFT, BOTTOM_RIGHT, ...labels] }));
}

/** Some exports have an axis for the image before that of the objects. */
function lead({ dims }: GraphInput, rank: number, shape: number[]): number[] {
  return dims.length === rank ? [1, ...shape] : shape;
}

function tensor(values: number[], dims: number[]): Tensor {
  return { data: Float32Array.from(values), dims };
}

function outside(what: string, { width, height }: Size): AppError {
  return new AppError(
    'invalid_pipeline',
    `In the prompt ${what} lies outside the image of ${width} x ${height} pixels.`,
  );
}
