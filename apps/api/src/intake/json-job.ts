import { AppError, type CreateJobRequest, createJobSchema, imageLimits, newId } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { checkUrl } from '@packshot/service';
import { originalKey } from '@packshot/storage';
import type { Request } from 'express';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import { readText } from '../http/read-body';
import { checkWebhookUrl, choosePipeline, type Draft, settleItems } from './draft';
import { fileName } from './file-name';
import { receiveImage } from './receive-image';
import { TaskSlots } from './task-slots';

const IMAGES_AT_ONCE = 4;
/** So many entries of `metadata` are looked at; the schema allows fewer. Millions of faulty ones would fill the memory. */
const MAX_ENTRIES = 1000;

type JsonItem = CreateJobRequest['items'][number];

/** A job from a JSON request: an image is a `url`, fetched by the worker, or bytes as `base64`, stored at once. */
export async function jsonJob(
  deps: Deps,
  request: Request,
  jobId: string,
  arrived: (bytes: number) => void,
): Promise<Draft> {
  const { config } = deps;
  const body = parseJson(await readText(request, config.MAX_JSON_BYTES, arrived));
  refuseMasses(body, config.MAX_ITEMS);
  const fields = parse(createJobSchema, body);
  checkWebhookUrl(fields.webhook_url, config);
  const pipeline = choosePipeline(fields);
  const slots = new TaskSlots(IMAGES_AT_ONCE);
  const receiving = fields.items.map((item) => slots.run(() => receiveItem(deps, jobId, item)));
  // All settle before the first fault is thrown, so that nothing is stored any more when the upload is discarded.
  await Promise.allSettled(receiving);
  const items = await settleItems(deps, await Promise.all(receiving), { pipeline, strict: fields.strict });
  return { pipeline, metadata: fields.metadata, webhookUrl: fields.webhook_url ?? null, items };
}

async function receiveItem({ config, storage }: Deps, jobId: string, item: JsonItem): Promise<NewItem> {
  const id = newId('item');
  const common = { id, customId: item.custom_id ?? null };
  if ('base64' in item) {
    const name = fileName(item.name);
    const bytes = decodeBase64(item.base64);
    if (bytes === null) return { ...common, input: { name }, source: new AppError('invalid_base64').toItemError() };
    const key = originalKey(jobId, id);
    return { ...common, ...(await receiveImage(once(bytes), { key, name, storage, limits: imageLimits(config) })) };
  }
  const input = { name: fileName(item.name ?? lastSegment(item.url)) };
  try {
    checkUrl(item.url, { allowHosts: config.ALLOW_PRIVATE_HOSTS });
    return { ...common, input, source: { kind: 'url', url: item.url } };
  } catch (error) {
    return { ...common, input, source: AppError.from(error).toItemError() };
  }
}

/** Null for anything but standard base64 (RFC 4648, section 4), padded: Node's decoder would skip what it does not know. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}

function lastSegment(url: string): string | null {
  const segment = URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : undefined;
  try {
    return segment ? decodeURIComponent(segment) : null;
  } catch {
    return segment ?? null;
  }
}

/** Before the schema, which would describe a fault for every entry of a list of millions. */
function refuseMasses(body: unknown, maxItems: number): void {
  const { items, metadata } = (body ?? {}) as { items?: unknown; metadata?: unknown };
  if (Array.isArray(items) && items.length > maxItems) {
    throw new AppError('too_many_items', `A job may have at most ${maxItems} items.`);
  }
  if (typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length > MAX_ENTRIES) {
    const errors = [{ pointer: '/metadata', detail: 'There are too many entries.' }];
    throw new AppError('invalid_request', undefined, { errors });
  }
}
