import { z } from 'zod';

/** Pixels of the photo as it is shown, that is after its orientation was applied; the top left corner is 0, 0. */
const coordinate = z.number().min(0).max(65_535);

const label = z.union([z.literal(0), z.literal(1)]).describe('1: this belongs to it, 0: this does not');
const point = z.tuple([coordinate, coordinate, label]);

const box = z
  .tuple([coordinate, coordinate, coordinate, coordinate])
  .refine(
    ([left, top, right, bottom]) => left < right && top < bottom,
    'left, top, right, bottom of a box with an area',
  );

const points = z.array(point).max(64).default([]).describe('[x, y, label] each');
const boxes = z.array(box).max(16).default([]).describe('[left, top, right, bottom] each');

/** The side of the mask that a prompted model answers and takes back. */
export const PROMPT_MASK_SIDE = 256;
const MASK_PIXELS = PROMPT_MASK_SIDE ** 2;

const mask = z
  .base64()
  .refine((text) => {
    const bytes = (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
    return bytes === MASK_PIXELS || bytes === 2 * MASK_PIXELS;
  }, 'must hold 256 x 256 logits, of 16 bits (little-endian float16) or of 8 bits (a quarter of a logit a step, 128 is 0)')
  .optional();

/** Several boxes are several objects; a point would not say to which of them it belongs. */
const oneBoxBesidePoints = ({ points, boxes }: { points: unknown[]; boxes: unknown[] }) =>
  points.length === 0 || boxes.length <= 1;
const ONE_BOX = { message: 'beside points there can be one box only', path: ['boxes'] };

export const promptSchema = z
  .strictObject({
    points,
    boxes,
    mask,
    best_of: z.number().int().min(1).max(3).default(3),
    softness: z.number().min(0).max(8).default(1),
  })
  .refine(({ points, boxes, mask }) => points.length + boxes.length > 0 || mask !== undefined, {
    message: 'a prompt has points, boxes or a mask',
  })
  .refine(oneBoxBesidePoints, ONE_BOX)
  .refine(({ boxes, mask }) => mask === undefined || boxes.length <= 1, {
    message: 'a mask is that of one object',
    path: ['boxes'],
  })
  .meta({
    id: 'Prompt',
    description:
      "What the user pointed at. The best-scored of the first `best_of` masks that the model offers is taken. `softness` is how many logits the edge is wide: 0 cuts where the model's answer changes its sign.",
  });

export type Prompt = z.infer<typeof promptSchema>;

export const shadowPromptSchema = z
  .strictObject({
    model: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, 'a model id: lower-case letters, digits, dots and hyphens')
      .optional(),
    points,
    boxes,
  })
  .refine(({ points, boxes }) => points.length + boxes.length > 0, { message: 'a prompt has points or boxes' })
  .refine(oneBoxBesidePoints, ONE_BOX)
  .meta({ id: 'ShadowPrompt', description: 'A shadow that the user pointed at; `model` finds its outline.' });
