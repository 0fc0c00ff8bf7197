import { z } from 'zod';

/** What is kept of photos that users click on, so that the next click is quick. */
export const embeddingsConfig = z.object({
  EMBEDDINGS_MAX_MB: z.coerce
    .number()
    .min(0)
    .default(1024)
    .describe('most of the object store that embeddings of clicked photos may take, 17 MB each; 0 keeps none'),
  EMBEDDINGS_HOURS: z.coerce
    .number()
    .positive()
    .default(6)
    .describe('how long the embedding of a photo is kept for further clicks'),
});
