import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PackshotError } from '@packshot/sdk';
import { connect } from '../connect';
import type { Context } from '../context';
import { wholeNumber } from '../whole-number';
import { Batch } from './batch';
import { findFiles, type SourceFile } from './find-files';
import { Journal } from './journal';
import { type ProcessOptions, processingOf } from './process';

export interface WatchOptions extends ProcessOptions {
  interval: string;
}

/**
 * Processes what lies in a folder and what comes into it, until it is interrupted. A file is taken when it was the same at two looks in
 * a row, so that one that is still being copied is left alone; one that could not be processed, when it has changed.
 */
export async function watchFolder(context: Context, watched: string, options: WatchOptions): Promise<void> {
  const { output, signal } = context;
  const packshot = connect(context, options, 'patient');
  const folder = resolve(options.output);
  const processing = processingOf(options);
  const everyMs = wholeNumber('--interval', options.interval) * 1000;
  await mkdir(watched, { recursive: true });
  const journal = new Journal(folder, processing);
  const batch = new Batch(packshot, journal, {
    folder,
    processing,
    filesAJob: wholeNumber('--batch', options.batch),
    signal,
    onEnd: ({ path }, end) => {
      const report = {
        file: path,
        result: 'output' in end ? end.output : null,
        error: 'error' in end ? end.error : null,
      };
      output.line(
        report,
        'output' in end ? `${path}: ${end.output}` : `${path}: ${end.error.code}: ${end.error.message}`,
      );
    },
  });
  output.note(`watching ${resolve(watched)}; Ctrl-C ends it`);

  let before = new Set<string>();
  while (!signal.aborted) {
    const { files } = await findFiles([watched], (path) => resolve(path) === folder);
    const seen = (file: SourceFile) => `${file.path} ${file.mark}`;
    const still = files.filter((file) => before.has(seen(file)) && !journal.hasFailed(file));
    before = new Set(files.map(seen));
    try {
      await batch.run(still);
    } catch (error) {
      if (signal.aborted) return;
      // A server that is being restarted is no reason to end.
      if (!(error instanceof PackshotError) || !error.retryable) throw error;
      output.note(`${error.code}: ${error.message}`);
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
