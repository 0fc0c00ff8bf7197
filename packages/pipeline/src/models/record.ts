import { z } from 'zod';

/** A model's task is the stage that it serves. */
export const MODEL_TASKS = ['denoise', 'background', 'upscale'] as const;
export type ModelTask = (typeof MODEL_TASKS)[number];

const triple = z.tuple([z.number(), z.number(), z.number()]);

/**
 * How pictures enter: `tile` in tiles whose sides are multiples of `multiple`; `stretch` the whole picture squashed to
 * one fixed size, its aspect not kept.
 */
const size = z.discriminatedUnion('policy', [
  z.strictObject({
    policy: z.literal('tile'),
    multiple: z.union([1, 2, 4, 8, 16, 32, 64, 128].map((n) => z.literal(n))),
  }),
  z.strictObject({
    policy: z.literal('stretch'),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
  }),
]);

const input = z.strictObject({
  name: z.string().min(1),
  layout: z.literal('nchw'),
  size,
  /** The value of a full channel before `mean` and `std`: (byte / 255 * range - mean) / std. */
  range: z.union([z.literal(1), z.literal(255)]),
  mean: triple,
  std: triple.refine((values) => values.every((value) => value > 0), 'must be positive'),
});

/** `scale`: output side over input side. `sigmoid`: the graph gives logits, the platform squashes them. */
const output = z.strictObject({
  name: z.string().min(1),
  activation: z.enum(['none', 'sigmoid']),
  scale: z.union([z.literal(1), z.literal(2), z.literal(4)]),
});

/**
 * Pixels. `overlap` is how far a neighbour can reach into an output pixel; a net whose reach is really no longer than
 * that is `exact`: its tiles joined without blending equal the whole picture in one run, to a step of 8 bits. Others are
 * feathered.
 */
const tiling = z.strictObject({
  tile: z.number().int().positive(),
  overlap: z.number().int().nonnegative(),
  exact: z.boolean(),
});

/** One file of `models/registry`: the facts of one model. Code reads these and never tests an id. */
export const modelRecordSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,79}$/),
    task: z.enum(MODEL_TASKS),
    /** Serves its task when neither the pipeline nor the settings name a model. One per task. */
    default: z.boolean().default(false),
    description: z.string().min(1),
    /** Relative to the models folder. */
    file: z.string().regex(/^[a-z0-9][a-z0-9._/-]*\.onnx$/),
    bytes: z.number().int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    licence: z.strictObject({ spdx: z.string().min(1), commercial: z.boolean() }),
    contract: z.strictObject({ input, output }),
    tiling: tiling.optional(),
  })
  .superRefine((record, context) => {
    const sized = record.contract.input.size;
    if (sized.policy === 'stretch') return;
    const { tiling } = record;
    if (tiling === undefined) {
      context.addIssue({ code: 'custom', path: ['tiling'], message: 'a tiled model needs tiling' });
    } else if (tiling.tile % 32 !== 0 || tiling.tile % sized.multiple !== 0 || tiling.overlap % sized.multiple !== 0) {
      context.addIssue({
        code: 'custom',
        path: ['tiling'],
        message: 'tile must be a multiple of 32, both of multiple',
      });
    } else if (tiling.overlap * 4 > tiling.tile) {
      context.addIssue({ code: 'custom', path: ['tiling'], message: 'tile must be at least four overlaps' });
    }
  });

export type ModelRecord = z.infer<typeof modelRecordSchema>;
