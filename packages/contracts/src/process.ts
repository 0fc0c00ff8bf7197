import { z } from 'zod';
import { createJobFieldsSchema, jsonItemSchema, ONE_SOURCE } from './http';

const { pipeline, preset, metadata, webhook_url, webhook_events, ttl, timeout } = createJobFieldsSchema.shape;
const common = { pipeline, preset, metadata, webhook_url, webhook_events, ttl, timeout };
const { url, base64, upload, s3, custom_id, name } = jsonItemSchema.shape;

/** `POST /process` as JSON: one image and what to do with it. */
export const processSchema = z
  .strictObject({ url, base64, upload, s3, custom_id, name, ...common })
  .refine(
    (item) => [item.url, item.base64, item.upload, item.s3].filter((source) => source !== undefined).length === 1,
    'exactly one of url, base64, upload and s3',
  )
  .meta({
    id: 'Process',
    description: 'One image to process now: exactly one of url, base64, upload and s3.',
    ...ONE_SOURCE,
  });

/** The fields of a multipart `POST /process`, beside its file. Structured fields hold JSON. */
export const processFormSchema = z.strictObject({ custom_id, ...common });

/** What `POST /process` takes as multipart, for the contract. */
export const processFormContract = z
  .object({ custom_id, ...common, file: z.file() })
  .meta({ id: 'ProcessForm', description: 'One image as a file; structured fields hold JSON.' });

/** `POST /process?wait=…`; `pipeline` and `preset` are for a body that is the image itself. */
export const processQuerySchema = z.strictObject({
  wait: z.coerce
    .number()
    .min(0)
    .max(60)
    .optional()
    .describe('seconds to wait for the result, 30 by default; `Prefer: wait=` means the same'),
  cancel_on_disconnect: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: the image is not processed when the client hangs up'),
  pipeline: z.string().optional().describe('the pipeline as JSON'),
  preset: preset.describe('a named pipeline, in place of `pipeline`'),
});
