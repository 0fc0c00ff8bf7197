import { z } from 'zod';
import { WEBHOOK_EVENTS } from './events';
import { idPattern } from './ids';
import { s3ReferenceSchema } from './image-source';
import { itemStatusSchema, itemViewSchema, jobStatusSchema, jobViewSchema, LANES } from './job';
import { pipelineOverridesSchema, pipelineSchema } from './operations';

/** Short strings the client gives and gets back untouched. */
const customId = z.string().min(1).max(255);
export const metadataSchema = z
  .record(z.string().max(64), z.string().max(1024))
  .refine((value) => Object.keys(value).length <= 50, 'at most 50 entries')
  .meta({ maxProperties: 50 });

const name = z.string().max(255).describe('file name, for downloads and archives');

/** The rule that the check below has, for the contract. */
export const ONE_SOURCE = { oneOf: ['url', 'base64', 'upload', 's3'].map((source) => ({ required: [source] })) };

/** One image of a JSON request: exactly one of `url`, `base64`, `upload` and `s3`. */
export const jsonItemSchema = z
  .strictObject({
    url: z.string().max(4096).optional().describe('fetched by the worker'),
    base64: z.string().optional().describe('the image itself, standard base64'),
    upload: z.string().regex(idPattern('upl')).optional().describe('an upload made with POST /uploads'),
    s3: s3ReferenceSchema.optional().describe('fetched by the worker'),
    custom_id: customId.optional(),
    name: name.optional(),
    pipeline: pipelineOverridesSchema.optional(),
  })
  .refine(
    (item) => [item.url, item.base64, item.upload, item.s3].filter((source) => source !== undefined).length === 1,
    'exactly one of url, base64, upload and s3',
  )
  .meta({
    id: 'NewItem',
    description: 'One image to process: exactly one of url, base64, upload and s3.',
    ...ONE_SOURCE,
  });
export type JsonItem = z.infer<typeof jsonItemSchema>;

/** What belongs to a file of a multipart request, in the order of the files. */
export const fileItemSchema = z
  .strictObject({ custom_id: customId.optional(), pipeline: pipelineOverridesSchema.optional() })
  .meta({ id: 'FileItem' });
export type FileItem = z.infer<typeof fileItemSchema>;

const DAY = 86_400;

const common = {
  pipeline: pipelineSchema.optional(),
  preset: z.string().max(64).optional().describe('a named pipeline, in place of `pipeline`; see GET /presets'),
  metadata: metadataSchema.default({}).describe('strings that are echoed'),
  webhook_url: z.string().max(4096).optional().describe('called, signed, when something of `webhook_events` happens'),
  webhook_events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .optional()
    .describe('what `webhook_url` is told; by default the end of the job'),
  strict: z.boolean().default(false).describe('one bad item refuses the whole request'),
  priority: z.enum(LANES).default('bulk').describe('`interactive` items go before `bulk` ones'),
  ttl: z
    .number()
    .int()
    .min(1)
    .max(30 * DAY)
    .optional()
    .describe('seconds; items that are not started by then fail with `expired`'),
  timeout: z
    .number()
    .int()
    .min(1)
    .max(DAY)
    .optional()
    .describe('seconds one item may be processed; past them it fails with `timed_out`'),
};

/** Items are checked one by one (`jsonItemSchema`), so that a bad one does not sink the others. */
const items = z.array(z.unknown());

/** `POST /jobs` as JSON. */
export const createJobSchema = z.strictObject({ ...common, items });
export type CreateJobRequest = z.infer<typeof createJobSchema>;

/** What `POST /jobs` takes as JSON, items spelled out; for the contract. */
export const createJobContract = z
  .strictObject({ ...common, items: z.array(jsonItemSchema).min(1) })
  .meta({ id: 'NewJob', description: 'A job to create.' });

/** The fields of a multipart `POST /jobs`, beside its files. Structured fields hold JSON. */
export const createJobFieldsSchema = z.strictObject({ ...common, items: items.default([]) });
export type CreateJobFields = z.infer<typeof createJobFieldsSchema>;

/** What `POST /jobs` takes as multipart, for the contract: files, and fields in any order. */
export const multipartContract = z
  .object({ ...common, items: z.array(fileItemSchema).optional(), files: z.array(z.file()).min(1) })
  .meta({ id: 'NewJobForm', description: 'Images as files; structured fields hold JSON.' });

const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

/** `GET /jobs/:id?wait=`. */
export const getJobQuerySchema = z.strictObject({
  wait: z.coerce
    .number()
    .min(0)
    .max(60)
    .optional()
    .describe('seconds to hold the answer back until the job has ended, or differs from `If-None-Match`'),
});

/** `GET /jobs/:id/events?last_event_id=`. */
export const jobEventsQuerySchema = z.strictObject({
  last_event_id: z
    .string()
    .regex(/^\d{1,15}(-\d{1,10})?$/, 'not the id of an event')
    .optional()
    .describe('as the header `Last-Event-ID`, which comes first'),
});

export const ARCHIVE_PARTS = ['masks', 'originals', 'report'] as const;
export type ArchivePart = (typeof ARCHIVE_PARTS)[number];

/** For the contract: what the parsing of a list takes. */
const commaSeparated = (names: readonly string[]) => `^ *(${names.join('|')}) *(, *(${names.join('|')}) *)*$`;

/** `GET /jobs/:id/archive.zip?include=masks,originals,report`. */
export const archiveQuerySchema = z.strictObject({
  include: z
    .string()
    .meta({ pattern: commaSeparated(ARCHIVE_PARTS) })
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(ARCHIVE_PARTS)))
    .default([])
    .describe('what else goes in, comma-separated: masks, originals, report (the items, one JSON object a line)'),
});

/** `GET /jobs/:id/items?status=&limit=&cursor=`. */
export const listItemsSchema = z.strictObject({
  status: itemStatusSchema.optional(),
  limit: limit(1000, 100),
  cursor: z.coerce.number().int().min(0).max(1e9).default(0).describe('as in the `next` of the page before'),
});

/** `GET /jobs?status=&created_after=&created_before=&custom_id=&limit=&cursor=`, newest first. */
export const listJobsSchema = z.strictObject({
  status: jobStatusSchema.optional(),
  created_after: z.iso.datetime({ offset: true }).optional().describe('created then or later'),
  created_before: z.iso.datetime({ offset: true }).optional().describe('created earlier than that'),
  custom_id: customId.optional().describe('jobs with an item of this custom_id'),
  tenant: z.string().min(1).max(255).optional().describe('whose jobs; for the scope `admin`'),
  limit: limit(100, 20),
  cursor: z.string().max(100).optional().describe('as in the `next` of the page before'),
});

const next = z.url().nullable().describe('the next page; null on the last');
export const itemPageSchema = z.object({ items: z.array(itemViewSchema), next }).meta({ id: 'ItemPage' });
export const jobPageSchema = z.object({ jobs: z.array(jobViewSchema), next }).meta({ id: 'JobPage' });

/** RFC 9457, with the stable `code` and the `request_id` to quote when asking for help. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string(), code: z.string().optional() }))
      .readonly()
      .optional(),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 describes it.' });
export type Problem = z.infer<typeof problemSchema>;
