import { z } from 'zod';

const count = z.int().min(0);
const bytes = count.nullable();

/** What a worker knows of a model without loading it. */
export const modelFactsSchema = z.object({
  id: z.string(),
  task: z.string().describe('the operation that it serves; `matting` and `prompt` serve `background`'),
  description: z.string(),
  architecture: z.string(),
  licence: z
    .object({
      spdx: z.string().describe('an SPDX expression, `LicenseRef-…`, or `unknown`'),
      commercial: z.boolean().describe('whether it may be used commercially'),
      accept: z.boolean().describe('whether it must be accepted by name first'),
      accepted: z.boolean().describe('whether it was, or need not be'),
    })
    .meta({ id: 'ModelLicence' }),
  packs: z.array(z.string()),
  supported: z.boolean(),
  reason: z.string().nullable().describe('why it is not supported'),
  default: z.boolean().describe('serves its task when no model is named'),
  installed: z.boolean(),
  bytes: bytes.describe('size of its files; null where nobody has published it'),
  memory_bytes: bytes.describe('its weights and one run, as far as its record tells'),
});
export type ModelFacts = z.infer<typeof modelFactsSchema>;

export const modelViewSchema = modelFactsSchema
  .extend({
    loaded: z
      .array(z.object({ provider: z.string(), workers: count }).meta({ id: 'LoadedModel' }))
      .describe('where it runs: by execution provider, how many workers have it loaded; empty: nowhere yet'),
  })
  .meta({ id: 'Model', description: 'A model, as the workers that are alive know it.' });
export type ModelView = z.infer<typeof modelViewSchema>;

export const modelListSchema = z
  .object({
    as_of: z.iso.datetime().nullable().describe('when a worker last looked; null: none is alive that could say'),
    models: z.array(modelViewSchema),
  })
  .meta({ id: 'ModelList', description: 'Every model that a living worker knows.' });
export type ModelList = z.infer<typeof modelListSchema>;
