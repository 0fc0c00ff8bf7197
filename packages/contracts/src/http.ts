import { z } from 'zod';
import { pipelineSchema } from './operations';

/** Short strings the client gives and gets back untouched. */
const customId = z.string().min(1).max(255);
export const metadataSchema = z
  .record(z.string().max(64), z.string().max(1024))
  .refine((value) => Object.keys(value).length <= 50, 'at most 50 entries');

/** One image of a JSON request: a `url` the worker fetches, or the bytes as `base64`. */
export const jsonItemSchema = z.union([
  z.strictObject({ url: z.string().max(4096), custom_id: customId.optional(), name: z.string().max(255).optional() }),
  z.strictObject({ base64: z.string(), custom_id: customId.optional(), name: z.string().max(255).optional() }),
]);

/** What belongs to a file of a multipart request, in the order of the files. */
export const fileItemSchema = z.strictObject({ custom_id: customId.optional() });

const common = {
  pipeline: pipelineSchema.optional(),
  preset: z.string().max(64).optional(),
  metadata: metadataSchema.default({}),
  webhook_url: z.string().max(4096).optional(),
  strict: z.boolean().default(false),
};

/** `POST /jobs` as JSON. */
export const createJobSchema = z.strictObject({ ...common, items: z.array(jsonItemSchema) });
export type CreateJobRequest = z.infer<typeof createJobSchema>;

/** The fields of a multipart `POST /jobs`, beside its files. Structured fields hold JSON. */
export const createJobFieldsSchema = z.strictObject({ ...common, items: z.array(fileItemSchema).default([]) });
export type CreateJobFields = z.infer<typeof createJobFieldsSchema>;

/** `GET /jobs/:id/items?limit=&cursor=&status=`. */
export const listItemsSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.coerce.number().int().min(0).default(0),
});

/** RFC 9457, with the stable `code` and the `request_id` to quote when asking for help. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: readonly { pointer: string; detail: string; code?: string }[];
}
