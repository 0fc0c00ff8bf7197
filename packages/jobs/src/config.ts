import { z } from 'zod';
import { redisConfig } from './redis/config';
import { webhooksConfig } from './webhooks/config';

/** Settings fragment of the job records and queues. */
export const jobsConfig = z.object({
  ...redisConfig.shape,
  ...webhooksConfig.shape,
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('packshot')
    .describe('first part of every key; one hash tag, so that a Redis Cluster keeps them together'),
  RETENTION_HOURS: z.coerce.number().positive().default(72).describe('how long records and results are kept, in hours'),
  INTERACTIVE_HEAD_START_MEGAPIXELS: z.coerce
    .number()
    .min(0)
    .default(200)
    .describe('how far interactive items go ahead of the bulk of other tenants before shares count, in megapixels'),
  INTERACTIVE_STREAK: z.coerce
    .number()
    .int()
    .min(1)
    .default(8)
    .describe('most interactive items in a row while bulk items of the same tenant wait'),
  ITEM_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(20)
    .default(4)
    .describe('how often an item is tried when a fault may pass'),
});

export type JobsConfig = z.infer<typeof jobsConfig>;
