import { z } from 'zod';

/** An object in a bucket that the settings allow (`S3_SOURCES`). */
export const s3ReferenceSchema = z
  .strictObject({
    bucket: z.string().min(1).max(255),
    key: z.string().min(1).max(1024),
  })
  .meta({ id: 'S3Reference' });
