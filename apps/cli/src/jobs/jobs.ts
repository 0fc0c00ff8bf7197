import {
  AppError,
  ITEM_STATUSES,
  type ItemView,
  JOB_STATUSES,
  type JobStatus,
  type JobView,
} from '@packshot/contracts';
import { connect, type ServerOptions } from '../connect';
import type { Context } from '../context';
import { IncompleteError } from '../exit-codes';
import { table } from '../output';
import { wholeNumber } from '../whole-number';
import { showShare } from './share-progress';

export async function listJobs(
  context: Context,
  { status, customId, limit, ...server }: ServerOptions & { status?: string; customId?: string; limit: string },
): Promise<void> {
  if (status !== undefined && !JOB_STATUSES.some((one) => one === status)) {
    throw new AppError('invalid_request', `There is no status ${status}; there are ${JOB_STATUSES.join(', ')}.`);
  }
  const filter = {
    ...(status !== undefined && { status: status as JobStatus }),
    ...(customId !== undefined && { custom_id: customId }),
  };
  const most = wholeNumber('--limit', limit);
  const jobs: JobView[] = [];
  for await (const job of connect(context, server).jobs.list(filter, { signal: context.signal })) {
    jobs.push(job);
    if (jobs.length >= most) break;
  }
  const rows = jobs.map(({ id, status: now, counts, created_at }) => [id, now, created_at, countsText(counts)]);
  context.output.result({ jobs }, table(['JOB', 'STATUS', 'CREATED', 'IMAGES'], rows));
}

export async function getJob(context: Context, id: string, options: ServerOptions): Promise<void> {
  const packshot = connect(context, options);
  const job = await packshot.jobs.get(id, { signal: context.signal });
  const items: ItemView[] = [];
  for await (const item of packshot.jobs.items(id, {}, { signal: context.signal })) items.push(item);
  const rows = items.map((item) => [
    String(item.index),
    item.input.name ?? item.custom_id ?? item.id,
    item.status,
    endOf(item),
  ]);
  context.output.result({ ...job, items }, `${jobText(job)}\n\n${table(['', 'IMAGE', 'STATUS', 'RESULT'], rows)}`);
}

/** Its exit code says whether every image succeeded. */
export async function waitForJob(
  context: Context,
  id: string,
  { timeout, ...server }: ServerOptions & { timeout?: string },
): Promise<void> {
  const { output, signal } = context;
  const job = await connect(context, server, 'patient').jobs.wait(id, {
    signal,
    onProgress: showShare(output),
    ...(timeout !== undefined && { timeoutMs: wholeNumber('--timeout', timeout) * 1000 }),
  });
  output.result(job, jobText(job));
  if (job.status !== 'succeeded') throw new IncompleteError(`The job is ${job.status}.`);
}

export async function cancelJob(context: Context, id: string, options: ServerOptions): Promise<void> {
  const job = await connect(context, options).jobs.cancel(id, { signal: context.signal });
  context.output.result(job, jobText(job));
}

export async function retryJob(context: Context, id: string, options: ServerOptions): Promise<void> {
  const job = await connect(context, options).jobs.retry(id, { signal: context.signal });
  context.output.result(job, jobText(job));
}

export async function deleteJob(context: Context, id: string, options: ServerOptions): Promise<void> {
  await connect(context, options).jobs.delete(id, { signal: context.signal });
  context.output.result({ deleted: id }, `${id} is deleted`);
}

function jobText({ id, status, progress, run, counts, created_at }: JobView): string {
  return `${id} ${status}, ${Math.floor(progress * 100)} %, run ${run}, created ${created_at}\n${countsText(counts)}`;
}

function countsText(counts: JobView['counts']): string {
  const parts = ITEM_STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  return `${counts.total}: ${parts.join(', ')}`;
}

function endOf({ result, error, stage }: ItemView): string {
  if (error) return `${error.code}: ${error.message}`;
  return result ? `${result.width}x${result.height} ${result.content_type}` : (stage ?? '');
}
