import { z } from 'zod';

/** Settings fragment of uploads. */
export const uploadsConfig = z.object({
  UPLOAD_HOURS: z.coerce
    .number()
    .min(0.1)
    .max(168)
    .default(24)
    .describe('how long an upload may be sent, and is kept unless a job uses it, in hours'),
});
