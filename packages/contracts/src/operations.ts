import { z } from 'zod';

/**
 * The pipeline as clients write it: each operation is `false`, `true`, `"auto"` or an object; an absent one is off.
 * Unknown fields are refused by name. `resolvePipeline` gives the canonical form that everything inside works with.
 */
const when = z.enum(['always', 'auto']).default('always');
const strength = z.number().min(0).max(1).default(1);
const model = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, 'a model id: lower-case letters, digits, dots and hyphens')
  .optional();

/** Weighs the denoised picture against the input: 0 leaves it alone, 1 is the model's full answer. */
const denoise = z.strictObject({ when, model, strength });
/** `remove` evens cast shadows out; `keep` leaves the picture as it is. */
const shadow = z.strictObject({
  when,
  mode: z.enum(['remove', 'keep']).default('remove'),
  engine: z.enum(['retinex']).default('retinex'),
  strength,
});
/** `matting` refines the edge at full size; `decontaminate` takes the old background's colour out of it. */
const background = z.strictObject({
  when,
  model,
  matting: z.enum(['none', 'guided']).default('guided'),
  decontaminate: z.boolean().default(true),
  threshold: z.number().gt(0).lt(1).optional(),
});
const upscale = z.strictObject({ when, model, scale: z.union([z.literal(2), z.literal(4)]).default(2) });

export const OUTPUT_FORMATS = {
  png: 'image/png',
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  avif: 'image/avif',
} as const;
export type OutputFormat = keyof typeof OUTPUT_FORMATS;

/** `auto`: PNG for a result with transparency, else JPEG. `background` fills transparency where the format has none. */
const output = z.strictObject({
  format: z.enum(['auto', 'png', 'webp', 'jpeg', 'avif']).default('auto'),
  quality: z.number().int().min(1).max(100).default(90),
  icc: z.enum(['srgb', 'keep']).default('srgb'),
  background: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'a colour as #rrggbb')
    .default('#ffffff'),
  mask: z.boolean().default(true),
});

const operation = <T extends z.ZodType>(object: T) => z.union([z.boolean(), z.literal('auto'), object]).default(false);

export const pipelineSchema = z.strictObject({
  denoise: operation(denoise),
  shadow: operation(shadow),
  background: operation(background),
  upscale: operation(upscale),
  output: output.prefault({}),
});

export type PipelineRequest = z.input<typeof pipelineSchema>;

/** The canonical pipeline: an operation is off (`false`) or an object with every parameter filled in. */
export interface Pipeline {
  denoise: false | z.infer<typeof denoise>;
  shadow: false | z.infer<typeof shadow>;
  background: false | z.infer<typeof background>;
  upscale: false | z.infer<typeof upscale>;
  output: z.infer<typeof output>;
}

function resolve<T extends z.ZodType>(schema: T, value: unknown): false | z.infer<T> {
  if (value === false) return false;
  if (value === true) return schema.parse({});
  if (value === 'auto') return schema.parse({ when: 'auto' });
  return value as z.infer<T>;
}

/** Shorthands filled in. The canonical form is itself a valid pipeline, and resolves to itself. */
export function resolvePipeline(parsed: z.infer<typeof pipelineSchema>): Pipeline {
  return {
    denoise: resolve(denoise, parsed.denoise),
    shadow: resolve(shadow, parsed.shadow),
    background: resolve(background, parsed.background),
    upscale: resolve(upscale, parsed.upscale),
    output: parsed.output,
  };
}

/** The order in which stages run, and their names in progress, timings and provenance. */
export const STAGES = ['denoise', 'shadow', 'background', 'upscale'] as const;
export type StageName = (typeof STAGES)[number];
