import { flag } from '@packshot/service';
import { z } from 'zod';

/** Settings fragment of the pages for administrators. */
export const adminConfig = z.object({
  ADMIN_QUEUES_WRITE: flag()
    .default(false)
    .describe('lets administrators pause queues and hurry messages on /admin/queues; else it only shows them'),
});
