import { z } from 'zod';

/** Settings fragment of the job records and queues. */
export const jobsConfig = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('the Redis server, as redis://[user:password@]host:port/db'),
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('packshot')
    .describe('first part of every key; one hash tag, so that a Redis Cluster keeps them together'),
  RETENTION_HOURS: z.coerce.number().positive().default(72).describe('how long records and results are kept, in hours'),
  ITEM_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(20)
    .default(4)
    .describe('how often an item is tried when a fault may pass'),
});

export type JobsConfig = z.infer<typeof jobsConfig>;
