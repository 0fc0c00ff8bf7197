import {
  AppError,
  imageLimits,
  newId,
  processFormSchema,
  type processQuerySchema,
  processSchema,
} from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { originalKey } from '@packshot/storage';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Deps } from '../deps';
import { parse } from '../http/field-errors';
import { parseJson } from '../http/json';
import type { Arrival } from './arrival';
import { readImage, readWatched } from './body-watch';
import { checkWebhookUrl, choosePipeline, type Draft, draftOf, settleItems } from './draft';
import { readForm } from './form';
import { describeSource, receiveItems } from './json-job';
import { receiveImage } from './receive-image';

type Fields = z.infer<typeof processFormSchema>;
type Receive = (deps: Deps, request: Request, arrival: Arrival) => Promise<Draft>;

/**
 * How the one image of this request is to be read: from a form, from JSON, or as the body itself, whose pipeline is in the
 * query. Throws `unsupported_media_type`, `invalid_request`.
 */
export function imageReceiver(request: Request, query: z.infer<typeof processQuerySchema>): Receive {
  const form = request.is('multipart/form-data');
  if (!form && !request.is('application/json')) {
    if (request.is(['image/*', 'application/octet-stream'])) return imageBody(query);
    throw new AppError('unsupported_media_type', 'Send an image, multipart/form-data or application/json.');
  }
  for (const name of ['pipeline', 'preset'] as const) {
    if (query[name] === undefined) continue;
    const errors = [
      { pointer: `/${name}`, detail: 'It belongs into the body; the query is for a body that is an image.' },
    ];
    throw new AppError('invalid_request', undefined, { errors });
  }
  return form ? imageForm : imageJson;
}

const imageForm: Receive = async (deps, request, arrival) => {
  const { fields, files } = await readForm(deps, request, arrival, { schema: processFormSchema, maxFiles: 1 });
  return draftOfOne(deps, arrival, fields, files);
};

const imageJson: Receive = async (deps, request, arrival) => {
  const body = parseJson(await readWatched(request, deps.config.MAX_JSON_BYTES, arrival.watch));
  const { url, base64, upload, s3, name, ...fields } = parse(processSchema, body);
  const item = describeSource(newId('item'), { url, base64, upload, s3, name }, null);
  return draftOfOne(deps, arrival, fields, await receiveItems(deps, arrival, [item]));
};

const imageBody =
  ({ pipeline, preset }: z.infer<typeof processQuerySchema>): Receive =>
  async (deps, request, arrival) => {
    const given = pipeline === undefined ? { preset } : { preset, pipeline: parseJson(pipeline, 'pipeline') };
    const fields = parse(processFormSchema, given);
    choosePipeline(fields);
    const { config, storage } = deps;
    const limits = imageLimits(config);
    const id = newId('item');
    const chunks = readImage(request, limits.maxFileBytes, arrival.watch);
    const received = await receiveImage(chunks, { key: originalKey(arrival.jobId, id), name: null, storage, limits });
    return draftOfOne(deps, arrival, fields, [{ id, customId: null, pipeline: null, ...received }]);
  };

/** One image, before everything that is not waited for; a bad one refuses the request. */
async function draftOfOne(
  deps: Deps,
  { jobId }: Arrival,
  { custom_id, ...fields }: Fields,
  items: readonly NewItem[],
): Promise<Draft> {
  checkWebhookUrl(fields.webhook_url, deps.config);
  const pipeline = choosePipeline(fields);
  const settled = await settleItems(deps, jobId, items, { pipeline, strict: true, single: true });
  const named = settled.map((item) => ({ ...item, customId: custom_id ?? null }));
  return draftOf({ ...fields, strict: true, priority: 'interactive' }, pipeline, named);
}
