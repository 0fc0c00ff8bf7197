import { relative, resolve } from 'node:path';
import { AppError, type ItemError } from '@packshot/contracts';
import type { NewJob } from '@packshot/sdk';
import { connect, type ServerOptions } from '../connect';
import type { Context } from '../context';
import { IncompleteError } from '../exit-codes';
import { wholeNumber } from '../whole-number';
import { Batch } from './batch';
import { showCount } from './count-progress';
import { findFiles, type SourceFile } from './find-files';
import { Journal } from './journal';

export interface ProcessOptions extends ServerOptions {
  output: string;
  preset?: string;
  pipeline?: string;
  batch: string;
}

/** Puts files through the queue of a server; started again after whatever end, it goes on where it was. */
export async function processFiles(context: Context, paths: readonly string[], options: ProcessOptions): Promise<void> {
  const { output, signal } = context;
  const packshot = connect(context, options, 'patient');
  const folder = resolve(options.output);
  const processing = processingOf(options);
  const { files, leftOut } = await findFiles(paths, (path) => resolve(path) === folder);
  if (leftOut > 0) output.note(`${leftOut} of the files are no images and were left out`);
  const journal = new Journal(folder, processing);

  const ended = new Map<SourceFile, { output: string } | { error: ItemError }>();
  const skipped = files.filter((file) => journal.resultOf(file) !== null);
  if (skipped.length > 0) output.note(`${skipped.length} of ${files.length} files are done already`);
  const progress = showCount(output, files.length, skipped.length);
  const onEnd = (file: SourceFile, end: { output: string } | { error: ItemError }) => {
    ended.set(file, end);
    progress(file.name, 'error' in end);
    if ('error' in end) output.note(`${shown(file.path)}: ${end.error.code}: ${end.error.message}`);
  };
  const filesAJob = wholeNumber('--batch', options.batch);
  await new Batch(packshot, journal, { folder, processing, filesAJob, signal, onEnd }).run(files);

  const ends = files.map((file) => reportOf(file, journal.resultOf(file), ended.get(file)));
  const failed = ends.filter(({ status }) => status === 'failed').length;
  const processed = ends.length - skipped.length - failed;
  const counts = { total: files.length, processed, skipped: skipped.length, failed };
  output.result(
    { ...counts, output: folder, files: ends },
    `${files.length} files: ${processed} processed, ${skipped.length} done before, ${failed} failed; results are in ${shown(folder)}`,
  );
  if (failed > 0) throw new IncompleteError(`${failed} of ${files.length} files could not be processed.`);
}

function reportOf({ path }: SourceFile, result: string | null, end?: { output: string } | { error: ItemError }) {
  const status = result === null ? 'failed' : end === undefined ? 'skipped' : 'processed';
  return { file: path, status, result, error: end && 'error' in end ? end.error : null };
}

/** What is to be done to the images, of `--preset` or `--pipeline`. */
export function processingOf({ preset, pipeline }: { preset?: string; pipeline?: string }): Omit<NewJob, 'items'> {
  if (preset !== undefined && pipeline !== undefined) {
    throw new AppError('invalid_request', 'Give either --preset or --pipeline.');
  }
  if (preset !== undefined) return { preset };
  if (pipeline === undefined) return {};
  try {
    return { pipeline: JSON.parse(pipeline) as NonNullable<NewJob['pipeline']> };
  } catch (cause) {
    throw new AppError('invalid_request', `--pipeline is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function shown(path: string): string {
  const near = relative('.', path);
  return near === '' || near.startsWith('..') ? path : near;
}
