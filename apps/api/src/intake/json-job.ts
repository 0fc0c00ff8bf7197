import {
  AppError,
  createJobSchema,
  imageLimits,
  type JsonItem,
  jsonItemSchema,
  newId,
  type Pipeline,
} from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { originalKey } from '@packshot/storage';
import type { Request } from 'express';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import type { Arrival } from './arrival';
import { readWatched } from './body-watch';
import { decodeBase64 } from './decode-base64';
import { checkWebhookUrl, choosePipeline, type Draft, draftOf, settleItems } from './draft';
import { fileName } from './file-name';
import { ownPipeline, parseItem } from './item-fields';
import { receiveImage } from './receive-image';
import { lastSegment, openReferences } from './references';
import { TaskSlots } from './task-slots';

const IMAGES_AT_ONCE = 4;
/** So many entries of `metadata` are looked at; the schema allows fewer. Millions of faulty ones would fill the memory. */
const MAX_ENTRIES = 1000;

/** A job from a JSON request: an image is a reference, fetched by the worker, or bytes as `base64`, stored at once. */
export async function jsonJob(deps: Deps, request: Request, arrival: Arrival): Promise<Draft> {
  const { config } = deps;
  const body = parseJson(await readWatched(request, config.MAX_JSON_BYTES, arrival.watch));
  refuseMasses(body, config.MAX_ITEMS);
  const { items: given, ...fields } = parse(createJobSchema, body);
  checkWebhookUrl(fields.webhook_url, config);
  const pipeline = choosePipeline(fields);
  const described = given.map((item, index) => describe(item, index, pipeline));
  const items = await receiveItems(deps, arrival, described);
  return draftOf(fields, pipeline, await settleItems(deps, arrival.jobId, items, { pipeline, strict: fields.strict }));
}

/** An item as the request has it: with where its image is, or why it is a bad one. */
export type DescribedItem = Omit<NewItem, 'source'> & {
  source: JsonItem | Extract<NewItem['source'], { code: string }>;
};

function describe(given: unknown, index: number, pipeline: Pipeline): DescribedItem {
  const id = newId('item');
  const parsed = parseItem(jsonItemSchema, given, index);
  if ('fault' in parsed) return { id, customId: parsed.customId, pipeline: null, input: {}, source: parsed.fault };
  return describeSource(id, parsed.fields, ownPipeline(pipeline, parsed.fields.pipeline));
}

/** An item whose fields are good. */
export function describeSource(id: string, item: JsonItem, pipeline: Pipeline | null): DescribedItem {
  const name = fileName(item.name ?? lastSegment(item));
  return { id, customId: item.custom_id ?? null, pipeline, input: { name }, source: item };
}

/** Resolves references, and stores what the request holds itself. */
export async function receiveItems(
  deps: Deps,
  { jobId, tenant }: Pick<Arrival, 'jobId' | 'tenant'>,
  items: readonly DescribedItem[],
): Promise<NewItem[]> {
  const slots = new TaskSlots(IMAGES_AT_ONCE);
  const refer = await openReferences(
    deps,
    tenant,
    items.map(({ source }) => source),
  );
  const receiving = items.map((item) => {
    const { source } = item;
    if ('code' in source) return { ...item, source };
    const { base64 } = source;
    if (base64 !== undefined) return slots.run(() => storeImage(deps, jobId, item, base64));
    return resolveReference(item, () => refer(source));
  });
  // All settle before the first fault is thrown, so that nothing is stored any more when the upload is discarded.
  await Promise.allSettled(receiving);
  return Promise.all(receiving);
}

function resolveReference(item: DescribedItem, refer: () => Pick<NewItem, 'source' | 'input'>): NewItem {
  try {
    const { source, input } = refer();
    // The name in the request goes before that of an upload.
    return { ...item, source, input: { ...input, name: item.input.name ?? input.name ?? null } };
  } catch (error) {
    return { ...item, source: AppError.from(error).toItemError() };
  }
}

async function storeImage(
  { config, storage }: Pick<Deps, 'config' | 'storage'>,
  jobId: string,
  item: DescribedItem,
  base64: string,
): Promise<NewItem> {
  const bytes = decodeBase64(base64);
  if (bytes === null) return { ...item, source: new AppError('invalid_base64').toItemError() };
  const { name = null } = item.input;
  const options = { key: originalKey(jobId, item.id), name, storage, limits: imageLimits(config) };
  return { ...item, ...(await receiveImage(once(bytes), options)) };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
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
