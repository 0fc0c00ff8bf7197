import { AppError, type createJobFieldsSchema, imageLimits, newId, type processFormSchema } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { originalKey } from '@packshot/storage';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import type { Arrival } from './arrival';
import { checkWebhookUrl, choosePipeline } from './draft';
import { fileName } from './file-name';
import { readMultipart } from './multipart';
import { receiveImage } from './receive-image';

type FieldName = keyof (typeof createJobFieldsSchema.shape & typeof processFormSchema.shape);

/** How a field's text becomes its value; structured fields hold JSON. */
const READ: Record<FieldName, (text: string) => unknown> = {
  pipeline: (text) => parseJson(text, 'pipeline'),
  preset: (text) => text,
  metadata: (text) => parseJson(text, 'metadata'),
  webhook_url: (text) => text,
  webhook_events: (text) => parseJson(text, 'webhook_events'),
  strict: (text) => ({ true: true, '1': true, false: false, '0': false })[text] ?? text,
  priority: (text) => text,
  ttl: number,
  timeout: number,
  items: (text) => parseJson(text, 'items'),
  custom_id: (text) => text,
};

/** A number as text; what is none is left to the schema to refuse. */
function number(text: string): unknown {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

/**
 * Reads a form: every file part is an image, whatever its field is called, and is stored under the job while it arrives. A
 * field is checked when it comes, so that a mistake before large files is told before they are sent.
 */
export async function readForm<T extends z.ZodObject>(
  { config, storage }: Pick<Deps, 'config' | 'storage'>,
  request: Request,
  { jobId, watch }: Pick<Arrival, 'jobId' | 'watch'>,
  { schema, maxFiles }: { schema: T; maxFiles: number },
): Promise<{ fields: z.infer<T>; files: NewItem[] }> {
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  const values: Partial<Record<string, unknown>> = {};
  const files: NewItem[] = [];
  await readMultipart(request, {
    maxFiles,
    maxFileBytes: config.MAX_FILE_BYTES,
    maxFieldBytes: config.MAX_JSON_BYTES,
    watch,
    onField: (name, text) => {
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (!field) throw fieldFault(name, 'There is no such field.');
      if (Object.hasOwn(values, name)) throw fieldFault(name, 'The field is given twice.');
      const value = READ[name as FieldName](text);
      if (Array.isArray(value) && value.length > config.MAX_ITEMS) throw new AppError('too_many_items');
      parse(field, value, [name]);
      if (name === 'preset') choosePipeline({ preset: text });
      if (name === 'webhook_url') checkWebhookUrl(text, config);
      values[name] = value;
    },
    onFile: async ({ name, chunks, index, signal }) => {
      const id = newId('item');
      const received = await receiveImage(chunks, {
        key: originalKey(jobId, id),
        name: fileName(name),
        storage,
        limits: imageLimits(config),
        signal,
      });
      files[index] = { id, customId: null, pipeline: null, ...received };
    },
  });
  return { fields: parse(schema, values), files };
}

export function fieldFault(name: string, detail: string): AppError {
  return new AppError('invalid_request', undefined, { errors: [{ pointer: `/${name.slice(0, 100)}`, detail }] });
}
