import { z } from 'zod';

/** Settings fragment of the worker's own figures. */
export const metricsConfig = z.object({
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('serves figures for Prometheus at /metrics on this port, 0 takes a free one; unset: not at all'),
  METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('address the figures are served on'),
});
