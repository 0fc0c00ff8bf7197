import {
  AppError,
  LANES,
  type LimitsConfig,
  metadataSchema,
  type Pipeline,
  pipelineSchema,
  WEBHOOK_EVENTS,
} from '@packshot/contracts';
import type { ServiceConfig } from '@packshot/service';
import { assertAllowedSource, type StorageConfig } from '@packshot/storage';
import { z } from 'zod';
import { checkWebhookUrl, choosePipeline } from '../intake/draft';

const ruleSchema = z
  .strictObject({
    bucket: z.string().min(1).max(255),
    prefix: z.string().max(1024).default(''),
    suffix: z.string().max(1024).default(''),
    pipeline: pipelineSchema.optional(),
    preset: z.string().max(64).optional(),
    metadata: metadataSchema.default({}),
    webhook_url: z.string().max(4096).optional(),
    webhook_events: z.array(z.enum(WEBHOOK_EVENTS)).min(1).optional(),
    priority: z.enum(LANES).default('bulk'),
  })
  .refine((rule) => rule.webhook_events === undefined || rule.webhook_url !== undefined, {
    path: ['webhook_events'],
    message: 'webhook_events without a webhook_url',
  });

/** Which new objects become jobs, and which. */
export type IngestRule = z.infer<typeof ruleSchema>;

/** Settings fragment of bucket notifications. */
export const ingestConfig = z.object({
  INGEST_RULES: z
    .preprocess(fromJson, z.array(ruleSchema).max(1000))
    .default([])
    .describe(
      'what becomes a job when a bucket tells of it: a list (JSON in the environment) of `bucket`, `prefix`, `suffix`, `preset` or `pipeline`, `metadata`, `webhook_url`, `webhook_events`, `priority`',
    ),
});

type Checked = z.infer<typeof ingestConfig> & StorageConfig & Pick<ServiceConfig, 'ALLOW_PRIVATE_HOSTS'> & LimitsConfig;

/** Rules that could never work are found when the process starts, not when the first image comes. */
export function checkIngestConfig(config: Checked, context: z.RefinementCtx): void {
  config.INGEST_RULES.forEach((rule, index) => {
    try {
      pipelineOf(rule);
      checkWebhookUrl(rule.webhook_url, config);
      assertAllowedSource(config, { bucket: rule.bucket, key: `${rule.prefix}x` });
    } catch (error) {
      const { code, message } = AppError.from(error);
      const why = code === 'source_not_allowed' ? 'S3_SOURCES does not allow its bucket and prefix' : message;
      context.addIssue({ code: 'custom', path: ['INGEST_RULES'], message: `rule ${index}: ${why}` });
    }
  });
}

export function pipelineOf({ pipeline, preset }: IngestRule): Pipeline {
  return choosePipeline({ pipeline, preset });
}

function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
