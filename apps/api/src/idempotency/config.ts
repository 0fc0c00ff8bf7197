import { z } from 'zod';

/** Settings fragment of idempotency keys. */
export const idempotencyConfig = z.object({
  IDEMPOTENCY_HOURS: z.coerce
    .number()
    .positive()
    .max(720)
    .default(24)
    .describe('how long an `Idempotency-Key` is remembered, in hours'),
});
