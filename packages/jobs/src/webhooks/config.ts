import { isWebhookSecret } from '@packshot/contracts';
import { z } from 'zod';

const split = (text: string) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

/** Settings fragment of webhooks. */
export const webhooksConfig = z.object({
  WEBHOOK_SECRET: z
    .union([z.array(z.string()), z.string().transform(split)])
    .refine((secrets) => secrets.length > 0 && secrets.every(isWebhookSecret), {
      error: 'whsec_ and the base64 of 24 to 64 bytes; several separated by commas',
    })
    .optional()
    .describe(
      'signs what goes to the `webhook_url` of jobs; several, comma-separated, all sign, the first is the newest. Without it such webhooks wait',
    ),
  WEBHOOK_LOG_HOURS: z.coerce
    .number()
    .positive()
    .default(72)
    .describe('how long webhook deliveries that have ended are remembered, in hours'),
});
