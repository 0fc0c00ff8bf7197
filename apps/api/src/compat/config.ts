import { z } from 'zod';

const count = (value: number) => z.coerce.number().int().positive().default(value);
const modelId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, 'a model id: lower-case letters, digits, dots and hyphens')
  .optional();

/** The four sizes of SAM 2.1 by the names the click cut-out service has for them. */
export const CLICK_MODELS = {
  hiera_t: 'sam2.1-tiny',
  hiera_s: 'sam2.1-small',
  hiera_b: 'sam2.1-base-plus',
  hiera_l: 'sam2.1-large',
} as const;

/** The variants of the RunPod worker by the names it has for them. */
const WORKER_MODELS: Readonly<Record<string, string>> = {
  'ZhengPeng7/BiRefNet': 'birefnet-general',
  'ZhengPeng7/BiRefNet_lite': 'birefnet-general-lite',
  'ZhengPeng7/BiRefNet_HR': 'birefnet-hr',
  'ZhengPeng7/BiRefNet_lite-2K': 'birefnet-general-lite-2k',
};

/** Settings fragment of the façades. Each default is the original's; without a model named, one that ships is taken. */
export const compatConfig = z.object({
  FACADE_WAIT_SECONDS: count(300).describe(
    'how long a façade that answers with an image waits for it; past that it answers as for a time-out',
  ),
  HEALTH_FORM: z
    .enum(['packshot', 'rmbg'])
    .default('packshot')
    .describe('whose form `/health` has: ours, or that of the RMBG service'),
  REMOVEBG_MAX_FILE_BYTES: count(22_000_000).describe('remove.bg façade: largest file, in bytes'),
  REMOVEBG_MAX_INPUT_MEGAPIXELS: count(50).describe('remove.bg façade: largest image, in megapixels'),
  REMOVEBG_CREDITS: z.coerce
    .number()
    .min(0)
    .optional()
    .describe(
      'remove.bg façade: credits that a tenant has each calendar month (UTC); without it calls are not counted, and `/account` shows none',
    ),
  RMBG_MODEL: modelId.describe('RMBG façade: the model, for example rmbg-2.0; by default the one of every cut-out'),
  RMBG_MAX_FILE_BYTES: count(10_485_760).describe('RMBG façade: largest file, in bytes'),
  RMBG_MAX_FILES: count(50).describe('RMBG façade: most files in a batch'),
  CLICK_MODEL: z
    .enum(Object.keys(CLICK_MODELS) as [keyof typeof CLICK_MODELS, ...(keyof typeof CLICK_MODELS)[]])
    .or(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,79}$/))
    .transform((name) => CLICK_MODELS[name as keyof typeof CLICK_MODELS] ?? name)
    .optional()
    .describe(
      'click cut-out façade: hiera_t, hiera_s, hiera_b or hiera_l, or the id of another model that takes points; by default the one of every prompt',
    ),
  MODEL_TYPE: z
    .string()
    .transform((name) => WORKER_MODELS[name] ?? name)
    .pipe(
      z.string().regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, `a model id, or one of ${Object.keys(WORKER_MODELS).join(', ')}`),
    )
    .optional()
    .describe(
      'RunPod façade: the model, by its id or as the BiRefNet worker names it (ZhengPeng7/BiRefNet_lite, …); by default the one of every cut-out',
    ),
  RUNPOD_MAX_RUN_BYTES: count(10_000_000).describe('RunPod façade: largest body of /run, in bytes'),
  RUNPOD_MAX_RUNSYNC_BYTES: count(20_000_000).describe('RunPod façade: largest body of /runsync, in bytes'),
});
