import { z } from 'zod';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const type = z.enum(['float32', 'float16', 'int64', 'int32', 'bool']).default('float32');

/** A string stands for a free dimension. */
const dims = z.array(z.union([z.number().int().nonnegative(), z.string().min(1)]));

/** By name; by position where `name` is null, because exports of one network disagree about names. -1 is the last. */
const port = {
  name: z.string().min(1).nullable().default(null),
  index: z.number().int().min(-1).default(0),
  type,
  dims,
};

const input = z.strictObject({
  /** `image` is RGB, `image_and_trimap` RGB and the trimap as a fourth channel; `mask` is one channel, 1 where it applies. */
  role: z.enum([
    'image',
    'image_and_trimap',
    'mask',
    'embedding',
    'points',
    'labels',
    'boxes',
    'previous_mask',
    'has_previous_mask',
  ]),
  ...port,
  /** Not every export has it. A graph without it is the same model, which cannot be given this; only a name tells. */
  optional: z.boolean().default(false),
  /** (byte / 255 * range - mean) / std; with `divide_by_max` the picture's own largest byte takes the place of 255. */
  range: z.union([z.literal(1), z.literal(255)]).default(1),
  divide_by_max: z.boolean().default(false),
  mean: triple.default([0, 0, 0]),
  std: triple.refine((values) => values.every((value) => value > 0), 'must be positive').default([1, 1, 1]),
});

const output = z.strictObject({
  /**
   * `image` is RGB, `alpha` one channel, `gain` what each channel's sRGB value is to be multiplied by; the rest belongs to
   * graphs that answer prompts.
   */
  role: z.enum(['image', 'alpha', 'gain', 'embedding', 'masks', 'scores', 'object_score']),
  ...port,
  /** `sigmoid`: the graph gives logits; `clamp`: what lies outside 0..1 is cut off; `none`: the answer is used as it is. */
  activation: z.enum(['none', 'sigmoid', 'clamp']).default('none'),
  /** The answer is stretched so that its least value is 0 and its greatest 1. */
  min_max: z.boolean().default(false),
  /** Output side over input side. */
  scale: z.union([z.literal(1), z.literal(2), z.literal(4)]).default(1),
});

/** One graph's contract. The order of inputs and outputs of one role is theirs in the graph. */
export const modelGraph = z.strictObject({ inputs: z.array(input).min(1), outputs: z.array(output).min(1) });

export type GraphContract = z.infer<typeof modelGraph>;
export type GraphInput = GraphContract['inputs'][number];
export type GraphOutput = GraphContract['outputs'][number];
