import { openAsBlob } from 'node:fs';
import { AppError, type ItemView } from '@packshot/contracts';
import { findFiles } from './batch/find-files';
import { processingOf } from './batch/process';
import { connect, type ServerOptions } from './connect';
import type { Context } from './context';
import { showShare } from './jobs/share-progress';
import { table } from './output';
import { wholeNumber } from './whole-number';

export interface BenchOptions extends ServerOptions {
  count: string;
  preset?: string;
  pipeline?: string;
}

/** Measures a server as it is: so many images in one job, from the request to the end. The job is deleted afterwards. */
export async function benchServer(context: Context, paths: readonly string[], options: BenchOptions): Promise<void> {
  const { output, signal } = context;
  const packshot = connect(context, options);
  const count = wholeNumber('--count', options.count);
  const processing = processingOf(options);
  const { files } = await findFiles(paths, () => false);
  if (files.length === 0) throw new AppError('invalid_request', 'There is no image to measure with.');
  const images = await Promise.all(files.map(async ({ path, name }) => ({ data: await openAsBlob(path), name })));
  const uploads = await packshot.uploads.createMany(images, { signal });

  const items = Array.from({ length: count }, (_, index) => ({ upload: uploads[index % uploads.length]?.id ?? '' }));
  const started = performance.now();
  const job = await packshot.jobs.create({ ...processing, items }, { signal });
  const ended = await packshot.jobs.wait(job.id, { signal, onProgress: showShare(output) });
  const seconds = (performance.now() - started) / 1000;
  const done: ItemView[] = [];
  for await (const item of packshot.jobs.items(job.id, { status: 'succeeded' }, { signal })) done.push(item);
  await packshot.jobs.delete(job.id, { signal });

  const report = {
    images: count,
    succeeded: done.length,
    seconds,
    images_per_second: done.length / seconds,
    megapixels_per_second: sum(done.map(({ input }) => ((input.width ?? 0) * (input.height ?? 0)) / 1e6)) / seconds,
    providers: [...new Set(done.flatMap(({ stages }) => stages.flatMap(({ provider }) => provider ?? [])))],
    phases_ms: phasesOf(done),
  };
  const rows = Object.entries(report.phases_ms).map(([name, { p50, p95 }]) => [name, p50.toFixed(0), p95.toFixed(0)]);
  const head = `${ended.status}: ${done.length} of ${count} images in ${seconds.toFixed(2)} s, ${report.images_per_second.toFixed(2)}/s, ${report.megapixels_per_second.toFixed(2)} MP/s${report.providers.length > 0 ? ` on ${report.providers.join(', ')}` : ''}`;
  output.result(report, `${head}\n\n${table(['PHASE', 'P50 MS', 'P95 MS'], rows)}`);
}

/** What the time of an image went to: the median, and what 95 of 100 stay below. */
function phasesOf(items: readonly ItemView[]): Record<string, { p50: number; p95: number }> {
  const values = new Map<string, number[]>();
  for (const { timings_ms } of items) {
    for (const [phase, ms] of Object.entries(timings_ms)) values.set(phase, [...(values.get(phase) ?? []), ms]);
  }
  return Object.fromEntries(
    [...values].map(([phase, list]) => [phase, { p50: quantile(list, 0.5), p95: quantile(list, 0.95) }]),
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
