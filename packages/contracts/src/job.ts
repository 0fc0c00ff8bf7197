import { z } from 'zod';
import { ERRORS, type ErrorCode, type ItemError } from './errors';
import { idPattern } from './ids';
import { lintReportSchema } from './marketplaces';
import { resolvedPipelineSchema, STAGE_FILES, STAGES, type StageFile } from './operations';

export const ITEM_STATUSES = ['queued', 'processing', 'succeeded', 'failed', 'canceled'] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];
export const itemStatusSchema = z.enum(ITEM_STATUSES).meta({ id: 'ItemStatus' });

export const JOB_STATUSES = [
  'queued',
  'processing',
  'succeeded',
  'partially_succeeded',
  'failed',
  'canceled',
  'expired',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export const jobStatusSchema = z.enum(JOB_STATUSES).meta({ id: 'JobStatus' });
export type TerminalStatus = Exclude<JobStatus, 'queued' | 'processing'>;

export type Lane = 'interactive' | 'bulk';
export const LANES: readonly Lane[] = ['interactive', 'bulk'];

export const errorCodeSchema = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' });

export const itemErrorSchema: z.ZodType<ItemError> = z
  .object({ code: errorCodeSchema, message: z.string(), retryable: z.boolean() })
  .meta({ id: 'ItemError', description: 'Why an item failed.' });

const count = z.int().min(0);

export const jobCountsSchema = z
  .object({ total: count, queued: count, processing: count, succeeded: count, failed: count, canceled: count })
  .meta({ id: 'JobCounts', description: 'Items of a job by status.' });
export type JobCounts = z.infer<typeof jobCountsSchema>;

const time = z.iso.datetime();
const bytes = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const side = z.int().min(1);
/** 0..1 */
const share = z.number().min(0).max(1);

export const inputFactsSchema = z
  .object({
    name: z.string().nullable(),
    content_type: z.string().nullable(),
    width: side.nullable(),
    height: side.nullable(),
    bytes: bytes.nullable(),
    sha256: sha256.nullable(),
  })
  .meta({
    id: 'Input',
    description: 'What was found in the file. Width and height are as shown, that is after orientation.',
  });
export type InputFacts = z.infer<typeof inputFactsSchema>;

export const fileFactsSchema = z.object({ content_type: z.string(), width: side, height: side, bytes, sha256 });
export type FileFacts = z.infer<typeof fileFactsSchema>;

const fileViewSchema = fileFactsSchema
  .extend({ url: z.url().describe('where it can be fetched without a key; `expires_at` says for how long') })
  .extend({ expires_at: time.describe('when the URL ends; ask for the item again to get a fresh one') })
  .meta({ id: 'File' });

export const boxSchema = z
  .object({ left: count, top: count, width: side, height: side })
  .meta({ id: 'Box', description: 'Pixels of the result, from its top left corner.' });
export type Box = z.infer<typeof boxSchema>;

const stage = z.enum(STAGES);
const betweenStages = Object.fromEntries(STAGE_FILES.map((name) => [name, fileViewSchema.optional()])) as Record<
  StageFile,
  z.ZodOptional<typeof fileViewSchema>
>;

/** One stage of one item: how it ran, or why it was skipped. `notes` tell what was clamped or done otherwise than asked. */
export const stageReportSchema = z
  .object({
    name: stage,
    model: z.string().nullable(),
    provider: z.string().nullable(),
    skipped: z.string().nullable(),
    duration_ms: z.number().min(0),
    confidence: share
      .optional()
      .describe('how sure the model was of its cut-out; a hint where to look first, no verdict'),
    notes: z.array(z.string()).optional(),
  })
  .meta({ id: 'StageReport', description: 'How one stage ran, or why it was skipped.' });
export type StageReport = z.infer<typeof stageReportSchema>;

const TIMED = ['queue', 'download', 'decode', 'infer', 'encode', 'upload'] as const;
/** Durations in milliseconds. */
export const timingsSchema = z.partialRecord(z.enum(TIMED), z.number().min(0));
export type Timings = z.infer<typeof timingsSchema>;

const besideSchema = z
  .object({
    mask: fileViewSchema.optional(),
    cutout: fileViewSchema.optional(),
    preview: fileViewSchema.optional(),
    prompt_mask: fileViewSchema
      .optional()
      .describe('text that the next click on this photo takes as `mask` in its prompt; from models that take one back'),
    ...betweenStages,
  })
  .meta({ id: 'FilesBeside', description: 'What lies beside the result.' });

export const itemViewSchema = z
  .object({
    id: z.string().regex(idPattern('item')),
    custom_id: z.string().nullable(),
    index: count,
    status: itemStatusSchema,
    progress: share,
    stage: z.enum([...STAGES, 'download', 'decode', 'encode', 'upload']).nullable(),
    attempts: count,
    input: inputFactsSchema,
    result: fileViewSchema.nullable(),
    also: besideSchema,
    subject: boxSchema.nullable().describe('where the product lies in the result; null where nothing was cut out'),
    lint: z.array(lintReportSchema).describe('what the marketplaces of `output.lint` say of the result'),
    stages: z.array(stageReportSchema),
    timings_ms: timingsSchema,
    notes: z
      .array(z.string())
      .describe('what was reduced, clamped, filled or otherwise done differently from what was asked'),
    error: itemErrorSchema.nullable(),
    links: z.object({ self: z.url(), job: z.url(), result: z.url(), mask: z.url() }).meta({ id: 'ItemLinks' }),
  })
  .meta({ id: 'Item', description: 'One image of a job.' });
export type ItemView = z.infer<typeof itemViewSchema>;
export type FileView = z.infer<typeof fileViewSchema>;

const LINKS = ['self', 'items', 'events', 'archive', 'cancel', 'retry'] as const;

export const jobViewSchema = z
  .object({
    id: z.string().regex(idPattern('job')),
    status: jobStatusSchema,
    progress: share,
    run: z.int().min(1).describe('1, and one more for every retry'),
    counts: jobCountsSchema,
    pipeline: resolvedPipelineSchema,
    metadata: z.record(z.string(), z.string()),
    priority: z.enum(LANES),
    created_at: time,
    started_at: time.nullable(),
    completed_at: time.nullable(),
    expires_at: time.describe('when results and record are deleted'),
    error: itemErrorSchema.nullable(),
    links: z
      .object(Object.fromEntries(LINKS.map((name) => [name, z.url()])) as Record<(typeof LINKS)[number], z.ZodURL>)
      .meta({ id: 'JobLinks' }),
  })
  .meta({ id: 'Job', description: 'A batch of images that go through one pipeline.' });
export type JobView = z.infer<typeof jobViewSchema>;
