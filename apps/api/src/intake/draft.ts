import {
  AppError,
  type CreateJobFields,
  checkPlannedOutput,
  imageLimits,
  type Pipeline,
  PRESETS,
  pipelineSchema,
  resolvePipeline,
} from '@packshot/contracts';
import type { NewItem } from '@packshot/jobs';
import { checkUrl } from '@packshot/service';
import type { ApiConfig } from '../config';
import type { Deps } from '../deps';

/** What a job is to be, before anything of it is committed. */
export interface Draft {
  pipeline: Pipeline;
  metadata: Record<string, string>;
  webhookUrl: string | null;
  items: readonly NewItem[];
}

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

/** Throws `invalid_url`, `url_not_allowed`. */
export function checkWebhookUrl(url: string | undefined, { ALLOW_PRIVATE_HOSTS }: ApiConfig): void {
  if (url === undefined) return;
  try {
    checkUrl(url, { allowHosts: ALLOW_PRIVATE_HOSTS });
  } catch (thrown) {
    const error = AppError.from(thrown);
    const fault = { pointer: '/webhook_url', detail: error.message, code: error.code };
    throw new AppError(error.code, `webhook_url: ${error.message}`, { cause: error, errors: [fault] });
  }
}

/**
 * Decides whether the items make a job: throws `no_items`, and the first item's code when all are bad, or when one is and
 * the request is `strict`. An item whose result would be too large becomes a failed one here, and its object is deleted.
 */
export async function settleItems(
  { config, storage }: Pick<Deps, 'config' | 'storage'>,
  items: readonly NewItem[],
  { pipeline, strict }: { pipeline: Pipeline; strict: boolean },
): Promise<NewItem[]> {
  if (items.length === 0) throw new AppError('no_items');
  const limits = imageLimits(config);
  const settled = items.map((item): NewItem => {
    if ('code' in item.source) return item;
    try {
      const { width, height } = item.input;
      // What the head does not tell is left to the worker.
      if (width && height) checkPlannedOutput({ width, height }, pipeline, limits);
      return item;
    } catch (error) {
      return { ...item, source: AppError.from(error).toItemError() };
    }
  });
  refuseBad(settled, strict);
  const dropped = items.flatMap(({ source }, index) =>
    'key' in source && 'code' in (settled[index]?.source ?? {}) ? [source.key] : [],
  );
  if (dropped.length > 0) await storage.delete(dropped);
  return settled;
}

function refuseBad(items: readonly NewItem[], strict: boolean): void {
  const errors = items.flatMap(({ source }, index) =>
    'code' in source ? [{ pointer: `/items/${index}`, detail: source.message, code: source.code }] : [],
  );
  const [first] = errors;
  if (!first || (errors.length < items.length && !strict)) return;
  const detail = items.length === 1 ? first.detail : `${errors.length} of ${items.length} items cannot be processed.`;
  throw new AppError(first.code, detail, { errors });
}
