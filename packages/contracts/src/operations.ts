import { z } from 'zod';
import { composeFields } from './compose';
import { contrastFields } from './contrast';
import { MARKETPLACES } from './marketplaces';
import { promptSchema, shadowPromptSchema } from './prompt';

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

const denoise = z.strictObject({ when, model, strength }).meta({
  id: 'DenoiseOptions',
  description:
    "`strength` weighs the denoised picture against the input: 0 leaves it alone, 1 is the model's full answer.",
});
const deblur = z
  .strictObject({ when, model, strength, kind: z.enum(['auto', 'motion', 'defocus']).default('auto') })
  .meta({
    id: 'DeblurOptions',
    description: '`kind` is the blur that the model must be for; `auto` leaves that to the model.',
  });
const shadow = z
  .strictObject({
    when,
    mode: z.enum(['remove', 'keep']).default('remove'),
    engine: z.enum(['retinex', 'model']).default('retinex'),
    model,
    mask: z.union([z.literal('auto'), shadowPromptSchema]).optional(),
    strength,
  })
  .refine(({ engine, model }) => engine === 'model' || model === undefined, {
    message: 'only the engine "model" has models',
    path: ['model'],
  })
  .refine(({ engine, mode, mask }) => engine === 'model' || mode === 'keep' || mask === undefined, {
    message: 'the engine "retinex" finds shadows by itself',
    path: ['mask'],
  })
  .meta({
    id: 'ShadowOptions',
    description:
      "`remove` evens cast shadows out; `keep` leaves them, and gives a cut-out the product's own. The engine `model` takes a network's word for it where `mask` is: found by itself (`auto`), or pointed at.",
  });
const byte = z.number().int().min(0).max(255);
const alphaMatting = z
  .strictObject({
    foreground_threshold: byte.default(240),
    background_threshold: byte.default(10),
    erode_size: z.number().int().min(0).max(255).default(10),
  })
  .meta({
    id: 'AlphaMatting',
    description:
      'What of the mask is certain: above `foreground_threshold` the product, below `background_threshold` the backdrop, both less `erode_size` pixels; between them the matting decides.',
  });
const edge = z.union([
  z.number().int().min(0).max(65_535),
  z.string().regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/, 'pixels, or a share as "5%"'),
]);
const region = z.strictObject({ left: edge, top: edge, right: edge, bottom: edge }).meta({
  id: 'Region',
  description:
    'A rectangle of the picture as it is shown: pixels from the left or top, or shares of its width or height.',
});
export type Region = z.infer<typeof region>;
const background = z
  .strictObject({
    when,
    model,
    matting: z.enum(['none', 'guided', 'vitmatte', 'closed-form']).default('guided'),
    matting_model: model,
    alpha_matting: alphaMatting.optional(),
    decontaminate: z.boolean().default(true),
    threshold: z.number().gt(0).lt(1).optional(),
    compatibility: z.enum(['none', 'rembg', 'transformers.js']).default('none'),
    prompt: promptSchema
      .optional()
      .describe('instead of the product, what the user points at; for models that take prompts'),
    region: region.optional().describe('only here the product is looked for; what is outside goes'),
  })
  .refine(({ prompt, region }) => prompt === undefined || region === undefined, {
    message: 'a prompt says itself where to look',
    path: ['region'],
  })
  .refine(({ matting, compatibility }) => compatibility === 'none' || matting !== 'guided', {
    message: 'compatibility goes with the matting none, closed-form or vitmatte',
    path: ['matting'],
  })
  .refine(({ prompt, compatibility }) => compatibility !== 'rembg' || prompt === undefined, {
    message: 'rembg has no prompts of this kind',
    path: ['compatibility'],
  })
  .refine(
    ({ matting, alpha_matting }) => alpha_matting === undefined || matting === 'vitmatte' || matting === 'closed-form',
    {
      message: 'the thresholds are those of the matting vitmatte and closed-form',
      path: ['alpha_matting'],
    },
  )
  .refine(({ matting, matting_model }) => matting_model === undefined || matting === 'vitmatte', {
    message: 'only the matting vitmatte has models',
    path: ['matting_model'],
  })
  .meta({
    id: 'BackgroundOptions',
    description:
      "`matting` refines the edge at full size, `matting_model` names the model of `vitmatte`; `decontaminate` takes the old background's colour out of the edge. `compatibility` prepares the picture and carries the mask back as rembg or transformers.js does.",
  });
const contrast = z.strictObject({ when, ...contrastFields }).meta({
  id: 'ContrastOptions',
  description:
    'Contrast-limited adaptive histogram equalisation (CLAHE) of the lightness: `tiles` by `tiles` regions, each histogram cut at `clip_limit` times its mean. `smooth` takes noise out of even areas first, `edges` sharpens afterwards. Of an X-ray the result says that it is not for diagnosis.',
});
const upscale = z
  .strictObject({
    when,
    model,
    scale: z.union([z.literal(2), z.literal(4)]).default(2),
    denoise: z.number().min(0).max(1).optional(),
  })
  .meta({
    id: 'UpscaleOptions',
    description: '`denoise`: how strongly the enlarging itself takes noise out, for models that come in degrees.',
  });
const compose = z
  .strictObject({ when, ...composeFields })
  .meta({ id: 'ComposeOptions', description: 'Puts the cut-out on a canvas.' });

export const OUTPUT_FORMATS = {
  png: 'image/png',
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  avif: 'image/avif',
  tiff: 'image/tiff',
  zip: 'application/zip',
} as const;
export type OutputFormat = keyof typeof OUTPUT_FORMATS;

/** What can be had beside the result and its mask: the product before it was composed, a small JPEG, the picture between stages. */
export const EXTRA_FILES = ['cutout', 'preview', 'stages'] as const;

const output = z
  .strictObject({
    format: z.enum(['auto', 'png', 'webp', 'jpeg', 'avif', 'tiff', 'zip']).default('auto'),
    channels: z.enum(['rgba', 'alpha']).default('rgba'),
    quality: z.number().int().min(1).max(100).default(90),
    icc: z.enum(['srgb', 'keep']).default('srgb'),
    background: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'a colour as #rrggbb')
      .default('#ffffff'),
    mask: z.boolean().default(true),
    also: z.array(z.enum(EXTRA_FILES)).max(EXTRA_FILES.length).default([]),
    lint: z.array(z.enum(MARKETPLACES)).max(MARKETPLACES.length).default([]),
    max_megapixels: z.number().min(0.01).max(1000).optional(),
  })
  .refine(({ format, channels }) => format !== 'zip' || channels === 'rgba', {
    message: 'a ZIP holds colours and alpha; the alpha alone is a picture',
    path: ['channels'],
  })
  .meta({
    id: 'OutputOptions',
    description:
      '`auto`: PNG for a result with transparency, else JPEG. `background` fills transparency where the format has none. `zip` holds `color.jpg` and `alpha.png`. The channels `alpha` make the matte the result. `lint` names the marketplaces by whose rules the result is judged. A picture of more than `max_megapixels` is made smaller before anything else is done to it.',
  });

const operation = <T extends z.ZodType>(object: T) => z.union([z.boolean(), z.literal('auto'), object]).default(false);

export const pipelineSchema = z
  .strictObject({
    denoise: operation(denoise),
    deblur: operation(deblur),
    shadow: operation(shadow),
    contrast: operation(contrast),
    background: operation(background),
    upscale: operation(upscale),
    compose: operation(compose),
    output: output.prefault({}),
  })
  .meta({
    id: 'PipelineRequest',
    description: 'An operation is `false`, `true`, `auto` (where it is needed) or its options; an absent one is off.',
  });

export type PipelineRequest = z.input<typeof pipelineSchema>;

const override = <T extends z.ZodType>(object: T) => z.union([z.boolean(), z.literal('auto'), object]).optional();

/** An item's own pipeline: the operations that are named replace the job's, each as a whole. */
export const pipelineOverridesSchema = z
  .strictObject({
    denoise: override(denoise),
    deblur: override(deblur),
    shadow: override(shadow),
    contrast: override(contrast),
    background: override(background),
    upscale: override(upscale),
    compose: override(compose),
    output: output.optional(),
  })
  .meta({
    id: 'PipelineOverrides',
    description: "The operations that are named replace the job's, each as a whole.",
  });

export type PipelineOverrides = z.infer<typeof pipelineOverridesSchema>;

/** The job's pipeline with an item's overrides laid over it. */
export function overridePipeline(pipeline: Pipeline, overrides: PipelineOverrides): Pipeline {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return resolvePipeline({ ...pipeline, ...given });
}

const resolved = <T extends z.ZodType>(object: T) => z.union([z.literal(false), object]);

/** The canonical pipeline: an operation is off (`false`) or an object with every parameter filled in. */
export const resolvedPipelineSchema = z
  .object({
    denoise: resolved(denoise),
    // Jobs accepted before there were such operations have none.
    deblur: resolved(deblur).default(false),
    shadow: resolved(shadow),
    contrast: resolved(contrast).default(false),
    background: resolved(background),
    upscale: resolved(upscale),
    compose: resolved(compose).default(false),
    output,
  })
  .meta({
    id: 'Pipeline',
    description: 'An operation is off (`false`) or its options, with every parameter filled in.',
  });

export type Pipeline = z.infer<typeof resolvedPipelineSchema>;

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
    deblur: resolve(deblur, parsed.deblur),
    shadow: resolve(shadow, parsed.shadow),
    contrast: resolve(contrast, parsed.contrast),
    background: resolve(background, parsed.background),
    upscale: resolve(upscale, parsed.upscale),
    compose: resolve(compose, parsed.compose),
    output: parsed.output,
  };
}

/** The order in which stages run, and their names in progress, timings and provenance. */
export const STAGES = ['denoise', 'deblur', 'shadow', 'contrast', 'background', 'upscale', 'compose'] as const;
export type StageName = (typeof STAGES)[number];

/** The picture as a stage left it. */
export type StageFile = `after_${StageName}`;
export const stageFile = (stage: StageName): StageFile => `after_${stage}`;
export const STAGE_FILES: readonly StageFile[] = STAGES.map(stageFile);
/** What may lie beside the result: what was asked for, and the mask that a next prompt takes back. */
export type BesideFile = 'cutout' | 'preview' | 'prompt_mask' | StageFile;
export const BESIDE_FILES: readonly BesideFile[] = ['cutout', 'preview', 'prompt_mask', ...STAGE_FILES];
