import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, resolvedPipelineSchema, type Timings } from '@packshot/contracts';
import { type ItemOutcome, type ItemRecord, type JobRecord, transition } from '@packshot/jobs';
import { traceIdOf, withLogFields } from '@packshot/service';
import { attemptPrefix } from '@packshot/storage';
import { openEmbeddings } from './embeddings';
import { fetchBackground } from './fetch-background';
import { fetchInput } from './fetch-input';
import type { ItemContext } from './item-context';
import { itemLimits } from './item-limits';
import { ProgressReporter } from './progress-reporter';
import { publishResult } from './publish-result';
import { settleFailure, type Verdict } from './settle-failure';
import { Stop, stopReason } from './stop';
import { tellOf } from './tell-of';

/** One delivery of an item's message. */
export interface Delivery {
  jobId: string;
  itemId: string;
  /** It shall have an engine to itself. */
  alone: boolean;
  /** Attempts that failed before. */
  failures: number;
  /** Workers that died, or fell silent, with this item. */
  losses: number;
  signal: AbortSignal;
}

/** Workers that one item may outlive. It cannot crash one (engines are apart), but it can exhaust a whole machine. */
const MOST_LOSSES = 8;

/** Shares of an item's progress: the engine's part lies between them. */
const DOWNLOADED = 0.05;
const COMPUTED = 0.95;

/**
 * The life of an item in a worker: take it up, fetch the image, run the engine, store the results, publish them. Whatever
 * happens on the way, the item's record ends in a state that the verdict fits, or somebody else has the item.
 */
export async function processItem(context: ItemContext, delivery: Delivery): Promise<Verdict> {
  return withLogFields({ job: delivery.jobId, item: delivery.itemId }, async () => {
    const taken = await takeUp(context, delivery);
    if (!taken) return { kind: 'finished' };
    const { job, item } = taken;
    const origin = { request_id: job.requestId ?? undefined, trace_id: traceIdOf(job.trace) };
    return withLogFields({ ...origin, attempt: item.attempts }, () => attempt(context, delivery, taken));
  });
}

async function attempt(context: ItemContext, delivery: Delivery, taken: Taken): Promise<Verdict> {
  const { item } = taken;
  const folder = await context.spool.folder();
  const unwanted = new AbortController();
  const signal = AbortSignal.any([delivery.signal, unwanted.signal]);
  const reporter = new ProgressReporter(context.store, item, context.logger, () =>
    unwanted.abort(new Stop('unwanted')),
  );
  let verdict: Verdict;
  try {
    const outcome = await produce(context, taken, {
      folder,
      signal,
      reporter,
      alone: delivery.alone || item.crashes > 0,
    });
    await reporter.close();
    signal.throwIfAborted();
    return await succeed(context, taken, outcome);
  } catch (error) {
    await reporter.close();
    verdict = await settleFailure(context, item, delivery.failures, AppError.from(error), stopReason(signal));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await removeUploads(context, item);
  return verdict;
}

interface Taken {
  job: JobRecord;
  item: ItemRecord;
}

/** Counts an attempt and makes it the current one. Null when the item has ended, is canceled by this, or is gone. */
async function takeUp(context: ItemContext, { jobId, itemId, losses }: Delivery): Promise<Taken | null> {
  const { store, metrics } = context;
  const ids = { id: itemId, jobId };
  if (losses > MOST_LOSSES) {
    const outcome = { error: new AppError('worker_lost').toItemError() };
    const lost = await transition(store, ids, 'fail', { outcome });
    if (lost.applied) metrics.countAttempt('failed', 'worker_lost');
    await tellOf(context, jobId, lost);
    return null;
  }
  const started = await transition(store, ids, 'start');
  await tellOf(context, jobId, started);
  if (!started.applied || started.status !== 'processing') return null;
  const [job, item] = await Promise.all([store.get(jobId), store.getItem(itemId)]);
  // The attempt is the one just counted, even if another worker has started one since.
  return job && item && { job, item: { ...item, attempts: started.attempts } };
}

interface Attempt {
  folder: string;
  signal: AbortSignal;
  reporter: ProgressReporter;
  alone: boolean;
}

async function produce(
  { engines, storage, sources, spool, rules, logger }: ItemContext,
  { job, item }: Taken,
  { folder, signal, reporter, alone }: Attempt,
): Promise<ItemOutcome> {
  const timings: Timings = { queue: Math.max(0, Date.now() - item.queuedAt) };
  const inputPath = join(folder, 'input');
  const { source } = item;
  // Filled in: a job accepted by an older version does not name operations that came later.
  const pipeline = resolvedPipelineSchema.parse(item.pipeline ?? job.pipeline);
  if (!source) throw new AppError('not_found', 'The item has no image.');
  reporter.note(0, 'download');
  const started = performance.now();
  await fetchInput(source, inputPath, { storage, sources }, rules.fetch, signal);
  const backgroundPath = await fetchBackground(job, pipeline, folder, { storage, sources, spool, rules: rules.fetch });
  const asked = { tenant: job.tenant, pipeline, inputPath, folder, signal };
  const embeddings = rules.keepEmbeddings ? await openEmbeddings({ storage, spool, logger }, asked) : null;
  timings.download = Math.round(performance.now() - started);

  const report = await engines.run({
    id: `${item.id}.${item.attempts}`,
    inputPath,
    outputDir: folder,
    owner: job.tenant,
    ...(embeddings !== null && { embeddingsDir: embeddings.folder }),
    ...(backgroundPath !== null && { backgroundPath }),
    pipeline,
    watermark: job.sandbox,
    limits: (costs) => itemLimits(pipeline, item.input, costs, rules.time, job.timeoutMs),
    alone,
    signal,
    onProgress: ({ stage, fraction }) =>
      reporter.note(DOWNLOADED + (COMPUTED - DOWNLOADED) * fraction, stage as ItemRecord['stage']),
  });
  signal.throwIfAborted();

  reporter.note(COMPUTED, 'upload');
  let outcome: ItemOutcome = {};
  timings.upload = await timed(async () => {
    [outcome] = await Promise.all([publishResult(item, report, folder, storage, signal), embeddings?.save()]);
  });
  const { decode, infer, encode } = report.timings_ms;
  const engine = { decode: Math.round(decode), infer: Math.round(infer), encode: Math.round(encode) };
  return { ...outcome, timings: { ...timings, ...engine } };
}

/** Publishes the results. When the item is no longer this attempt's, they go. */
async function succeed(context: ItemContext, { job, item }: Taken, outcome: ItemOutcome): Promise<Verdict> {
  const { store, backlog, logger, metrics } = context;
  const { id, jobId, attempts } = item;
  const done = await transition(store, item, 'succeed', { attempt: attempts, outcome });
  if (done.applied) {
    metrics.countAttempt('succeeded');
    metrics.observeItem(outcome);
    logger.info('item succeeded', { job: jobId, item: id, attempt: attempts, ...outcome.timings });
  } else {
    await removeUploads(context, item);
  }
  await tellOf(context, jobId, done);
  const { width, height } = outcome.input ?? {};
  if (width && height) await backlog.settle(job.tenant, id, (width * height) / 1e6);
  return { kind: 'finished' };
}

/**
 * Deletes what this attempt uploaded, unless it is published: a transition whose answer was lost is repeated, and then
 * refused although it has happened. What cannot be deleted now goes with the job.
 */
async function removeUploads(
  { store, storage, logger }: ItemContext,
  { id, jobId, attempts }: ItemRecord,
): Promise<void> {
  const prefix = attemptPrefix(jobId, id, attempts);
  const now = await store.getItem(id);
  if (now?.result?.key.startsWith(prefix)) return;
  await storage.deletePrefix(prefix).catch((error) => logger.warn('could not delete uploads', { prefix, error }));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return Math.round(performance.now() - from);
}
