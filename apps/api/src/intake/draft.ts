import {
  AppError,
  type CreateJobFields,
  checkCutOut,
  checkPlannedOutput,
  type FieldError,
  imageLimits,
  type Pipeline,
  PRESETS,
  pipelineSchema,
  resolvePipeline,
} from '@packshot/contracts';
import type { NewItem, NewJob } from '@packshot/jobs';
import { checkUrl } from '@packshot/service';
import { originalKey } from '@packshot/storage';
import type { ApiConfig } from '../config';
import type { Deps } from '../deps';

/** What a job is to be, before anything of it is committed. */
export type Draft = Pick<
  NewJob,
  'pipeline' | 'metadata' | 'facade' | 'priority' | 'webhookUrl' | 'webhookEvents' | 'ttlMs' | 'timeoutMs' | 'items'
> & {
  /** One bad item refuses the whole request. */
  strict: boolean;
};

/** What a job has beside its items, checked. */
export type JobFields = Omit<CreateJobFields, 'items'>;

/** Throws `invalid_pipeline` for a preset that does not exist, `invalid_request` for two pipelines. */
export function choosePipeline({ pipeline, preset }: Pick<JobFields, 'pipeline' | 'preset'>): Pipeline {
  if (pipeline !== undefined && preset !== undefined) {
    throw new AppError('invalid_request', 'Give a pipeline or a preset, not both.');
  }
  if (pipeline !== undefined) return resolvePipeline(pipeline);
  const name = preset ?? 'default';
  if (!Object.hasOwn(PRESETS, name)) {
    const detail = `There is no such preset. There are: ${Object.keys(PRESETS).join(', ')}.`;
    throw new AppError('invalid_pipeline', detail, { errors: [{ pointer: '/preset', detail }] });
  }
  return resolvePipeline(pipelineSchema.parse(PRESETS[name as keyof typeof PRESETS]));
}

/** The draft of a job with these fields and items. Throws `invalid_request` for webhook events that nobody would be told. */
export function draftOf(fields: JobFields, pipeline: Pipeline, items: readonly NewItem[]): Draft {
  if (fields.webhook_events !== undefined && fields.webhook_url === undefined) {
    const detail = 'There is no webhook_url to tell them to.';
    throw new AppError('invalid_request', undefined, { errors: [{ pointer: '/webhook_events', detail }] });
  }
  return {
    pipeline,
    items,
    metadata: fields.metadata,
    priority: fields.priority,
    webhookUrl: fields.webhook_url ?? null,
    webhookEvents: fields.webhook_events ?? null,
    ttlMs: milliseconds(fields.ttl),
    timeoutMs: milliseconds(fields.timeout),
    strict: fields.strict,
  };
}

const milliseconds = (seconds: number | undefined) => (seconds === undefined ? null : seconds * 1000);

/** Throws `invalid_url`, `url_not_allowed`. */
export function checkWebhookUrl(
  url: string | undefined,
  { ALLOW_PRIVATE_HOSTS }: Pick<ApiConfig, 'ALLOW_PRIVATE_HOSTS'>,
  field = 'webhook_url',
): void {
  if (url === undefined) return;
  try {
    checkUrl(url, { allowHosts: ALLOW_PRIVATE_HOSTS });
  } catch (thrown) {
    const error = AppError.from(thrown);
    const fault = { pointer: `/${field}`, detail: error.message, code: error.code };
    throw new AppError(error.code, `${field}: ${error.message}`, { cause: error, errors: [fault] });
  }
}

/** So many faults are told; they say enough. */
const MAX_ERRORS = 100;

/**
 * Decides whether the items make a job: throws `no_items`, and the first item's code when all are bad, or when one is and
 * the request is `strict`. An item whose result would be too large becomes a failed one here, so does one with nothing to compose. Of a bad item nothing is kept.
 * `single`: the request knows no items, it is about one image.
 */
export async function settleItems(
  { config, storage }: Pick<Deps, 'config' | 'storage'>,
  jobId: string,
  items: readonly NewItem[],
  { pipeline, strict, single = false }: { pipeline: Pipeline; strict: boolean; single?: boolean },
): Promise<NewItem[]> {
  if (items.length === 0) throw new AppError('no_items');
  const limits = imageLimits(config);
  const settled = items.map((item): NewItem => {
    if ('code' in item.source) return item;
    try {
      const { width, height } = item.input;
      // What the head does not tell is left to the worker.
      if (width && height) checkPlannedOutput({ width, height }, item.pipeline ?? pipeline, limits);
      checkCutOut(item.input.content_type, item.pipeline ?? pipeline);
      return item;
    } catch (error) {
      return { ...item, source: AppError.from(error).toItemError() };
    }
  });
  refuseBad(settled, strict, single);
  // A file was stored before anybody knew that its item is bad.
  const dropped = settled.filter(({ source, input }) => 'code' in source && input.bytes !== undefined);
  if (dropped.length > 0) await storage.delete(dropped.map(({ id }) => originalKey(jobId, id)));
  return settled;
}

function refuseBad(items: readonly NewItem[], strict: boolean, single: boolean): void {
  const errors: FieldError[] = [];
  let bad = 0;
  items.forEach(({ source }, index) => {
    if (!('code' in source)) return;
    bad += 1;
    if (bad <= MAX_ERRORS) errors.push({ pointer: `/items/${index}`, detail: source.message, code: source.code });
  });
  const [first] = errors;
  if (!first?.code || (bad < items.length && !strict)) return;
  const detail = items.length === 1 ? first.detail : `${bad} of ${items.length} items cannot be processed.`;
  throw new AppError(first.code, detail, single ? {} : { errors });
}
