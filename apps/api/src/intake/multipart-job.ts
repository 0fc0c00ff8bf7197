import { AppError, createJobFieldsSchema, imageLimits, newId } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { originalKey } from '@packshot/storage';
import type { Request } from 'express';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import { checkWebhookUrl, choosePipeline, type Draft, settleItems } from './draft';
import { fileName } from './file-name';
import { readMultipart } from './multipart';
import { receiveImage } from './receive-image';

type FieldName = keyof typeof createJobFieldsSchema.shape;

/** How a field's text becomes its value; `items`, `metadata` and `pipeline` hold JSON. */
const READ: Record<FieldName, (text: string) => unknown> = {
  pipeline: (text) => parseJson(text, 'pipeline'),
  preset: (text) => text,
  metadata: (text) => parseJson(text, 'metadata'),
  webhook_url: (text) => text,
  strict: (text) => ({ true: true, '1': true, false: false, '0': false })[text] ?? text,
  items: (text) => parseJson(text, 'items'),
};

/**
 * A job from a multipart request: every file part is an image, whatever its field is called, and is stored while it arrives.
 * A field is checked when it comes, so that a mistake before large files is told before they are sent.
 */
export async function multipartJob(
  deps: Deps,
  request: Request,
  jobId: string,
  arrived: (bytes: number) => void,
): Promise<Draft> {
  const { config, storage } = deps;
  const values: Partial<Record<FieldName, unknown>> = {};
  const files: NewItem[] = [];
  await readMultipart(request, {
    maxFiles: config.MAX_ITEMS,
    maxFileBytes: config.MAX_FILE_BYTES,
    maxFieldBytes: config.MAX_JSON_BYTES,
    arrived,
    onField: (name, text) => {
      if (!isFieldName(name)) throw fieldFault(name, 'There is no such field.');
      if (name in values) throw fieldFault(name, 'The field is given twice.');
      const value = READ[name](text);
      if (Array.isArray(value) && value.length > config.MAX_ITEMS) throw new AppError('too_many_items');
      parse(createJobFieldsSchema.shape[name], value, [name]);
      if (name === 'preset') choosePipeline({ preset: text });
      if (name === 'webhook_url') checkWebhookUrl(text, config);
      values[name] = value;
    },
    onFile: async ({ name, body, index, signal }) => {
      const id = newId('item');
      const key = originalKey(jobId, id);
      const received = await receiveImage(body.iterator({ destroyOnReturn: false }), {
        key,
        name: fileName(name),
        storage,
        limits: imageLimits(config),
        signal,
      });
      files[index] = { id, customId: null, ...received };
    },
  });
  const fields = parse(createJobFieldsSchema, values);
  if (fields.items.length > files.length) {
    throw fieldFault('items', `It has ${fields.items.length} entries, but there are ${files.length} files.`);
  }
  const pipeline = choosePipeline(fields);
  const named = files.map((file, index) => ({ ...file, customId: fields.items[index]?.custom_id ?? null }));
  const items = await settleItems(deps, named, { pipeline, strict: fields.strict });
  return { pipeline, metadata: fields.metadata, webhookUrl: fields.webhook_url ?? null, items };
}

function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(READ, name);
}

function fieldFault(name: string, detail: string): AppError {
  return new AppError('invalid_request', undefined, { errors: [{ pointer: `/${name.slice(0, 100)}`, detail }] });
}
