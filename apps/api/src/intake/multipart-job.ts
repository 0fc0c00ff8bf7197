import { createJobFieldsSchema, fileItemSchema, type Pipeline } from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import type { Request } from 'express';
import type { Deps } from '../deps';
import type { Arrival } from './arrival';
import { choosePipeline, type Draft, draftOf, settleItems } from './draft';
import { fieldFault, readForm } from './form';
import { ownPipeline, parseItem } from './item-fields';

/** A job from a multipart request: its files, in order, and what `items` says of them. */
export async function multipartJob(deps: Deps, request: Request, arrival: Arrival): Promise<Draft> {
  const { MAX_ITEMS: maxFiles } = deps.config;
  const { fields, files } = await readForm(deps, request, arrival, { schema: createJobFieldsSchema, maxFiles });
  if (fields.items.length > files.length) {
    throw fieldFault('items', `It has ${fields.items.length} entries, but there are ${files.length} files.`);
  }
  const pipeline = choosePipeline(fields);
  const items = files.map((file, index) => describe(file, fields.items[index], index, pipeline));
  return draftOf(fields, pipeline, await settleItems(deps, arrival.jobId, items, { pipeline, strict: fields.strict }));
}

/** The file with what `items` says of it. */
function describe(file: NewItem, given: unknown, index: number, pipeline: Pipeline): NewItem {
  if (given === undefined) return file;
  const parsed = parseItem(fileItemSchema, given, index);
  if ('fault' in parsed) return { ...file, customId: parsed.customId, source: parsed.fault };
  const { custom_id = null, pipeline: overrides } = parsed.fields;
  return { ...file, customId: custom_id, pipeline: ownPipeline(pipeline, overrides) };
}
