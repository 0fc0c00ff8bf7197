import { z } from 'zod';
import { idPattern } from './ids';

/** Why a notification made no job. */
export const IGNORED = {
  not_created: 'it tells of something else than a new object',
  no_rule: 'no rule is for this bucket and key',
  duplicate: 'it has been seen before; `job` is what it made then',
  outdated: 'a newer one of the same object has been seen before; `job` is what that made',
  source_not_allowed:
    'the bucket or key is not on the list of allowed sources, or Packshot has put the object there itself',
  folder: 'the object only stands for a folder',
  malformed: 'bucket or key cannot be read',
} as const;
export type IgnoredReason = keyof typeof IGNORED;

const ingestedSchema = z.object({
  bucket: z.string().nullable(),
  key: z.string().nullable(),
  status: z.enum(['accepted', 'ignored']),
  reason: z
    .enum(Object.keys(IGNORED) as [IgnoredReason, ...IgnoredReason[]])
    .nullable()
    .describe(
      Object.entries(IGNORED)
        .map(([reason, meaning]) => `\`${reason}\`: ${meaning}`)
        .join('; '),
    ),
  rule: z.int().min(0).nullable().describe('which of INGEST_RULES it was, counted from 0'),
  job: z.string().regex(idPattern('job')).nullable(),
});
export type Ingested = z.infer<typeof ingestedSchema>;

/** What `POST /ingest/s3` answers: what became of each notification, by each rule that is for it. */
export const ingestReportSchema = z
  .object({
    records: z.array(ingestedSchema),
    subscription: z.literal('confirmed').optional().describe('the message was to confirm a subscription of SNS'),
  })
  .meta({ id: 'IngestReport', description: 'What became of the notifications of a bucket.' });
export type IngestReport = z.infer<typeof ingestReportSchema>;
