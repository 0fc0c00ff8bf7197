import type { ItemError } from '@packshot/contracts';
import { type NewJob, type Packshot, PackshotError } from '@packshot/sdk';
import type { SourceFile } from './find-files';
import { followItems } from './follow-items';
import type { Journal, Submission } from './journal';
import { Pool } from './pool';
import { saveResult } from './save-result';
import { uploadFiles } from './upload-files';

export interface BatchOptions {
  /** Where results go. */
  folder: string;
  /** What is done to the images: `{ pipeline }`, `{ preset }` or neither. */
  processing: Omit<NewJob, 'items'>;
  /** Files of one job. */
  filesAJob: number;
  signal: AbortSignal;
  /** Called when the end of a file is known, and written down. */
  onEnd(file: SourceFile, end: { output: string } | { error: ItemError }): void;
}

/** While the server processes one job, the next is sent to it. */
const JOBS_AT_ONCE = 2;

/**
 * Puts files through a server's queue and writes their results below the folder. What the journal tells of is not done again: files
 * with a result are left alone, and jobs that an earlier start has sent are followed to their end.
 */
export class Batch {
  constructor(
    private readonly packshot: Packshot,
    private readonly journal: Journal,
    private readonly options: BatchOptions,
  ) {}

  async run(files: readonly SourceFile[]): Promise<void> {
    const wanted = new Map(
      files.filter((file) => this.journal.resultOf(file) === null).map((file) => [keyOf(file), file]),
    );
    const pool = new Pool(JOBS_AT_ONCE);
    for (const submission of this.journal.open()) {
      const awaited = new Map<number, SourceFile>();
      for (const [index, { path, mark }] of submission.files.entries()) {
        // A file that has changed since is another one: nobody waits for the result of the old.
        const file = wanted.get(keyOf({ path, mark }));
        if (file) awaited.set(index, file);
        wanted.delete(keyOf({ path, mark }));
      }
      if (awaited.size > 0) await pool.add(() => this.goOn(submission, awaited));
    }
    const fresh = [...wanted.values()];
    for (let from = 0; from < fresh.length; from += this.options.filesAJob) {
      await pool.add(() => this.begin(fresh.slice(from, from + this.options.filesAJob)));
    }
    await pool.end();
  }

  private async begin(files: readonly SourceFile[]): Promise<void> {
    const { packshot, journal, options } = this;
    const refuse = (file: SourceFile, error: ItemError) => this.fail(file, error);
    const sent = await uploadFiles(packshot, files, { signal: options.signal, refuse });
    if (sent.length === 0) return;
    const items = sent.map(({ file, upload }) => ({
      upload,
      ...(file.name.length <= 255 && { custom_id: file.name }),
    }));
    const submission = {
      key: crypto.randomUUID(),
      request: { ...options.processing, items },
      files: sent.map(({ file }) => file),
    };
    journal.write({ event: 'submit', ...submission });
    await this.submitAndFollow({ ...submission, jobId: null }, new Map(submission.files.entries()));
  }

  /** Follows what an earlier start has sent; what the server knows nothing of any more is sent again. */
  private async goOn(submission: Submission, awaited: Map<number, SourceFile>): Promise<void> {
    try {
      await this.submitAndFollow(submission, awaited);
    } catch (error) {
      if (!(error instanceof PackshotError) || !['not_found', 'idempotency_key_reused'].includes(error.code))
        throw error;
      this.journal.write({ event: 'forget', key: submission.key });
      await this.begin([...awaited.values()]);
    }
  }

  /** The key makes it the same job, if the request has arrived before. */
  private async submitAndFollow(submission: Submission, awaited: Map<number, SourceFile>): Promise<void> {
    const { packshot, journal, options } = this;
    const { key, request, jobId } = submission;
    const { signal } = options;
    const id = jobId ?? (await packshot.jobs.create(request, { idempotencyKey: key, signal })).id;
    if (jobId === null) journal.write({ event: 'job', key, jobId: id });
    await followItems(packshot, id, awaited, {
      signal,
      onEnd: async (file, item) => {
        if (item.error !== null) return this.fail(file, item.error);
        const { path, mark, stem } = file;
        const output = await saveResult(options.folder, stem, () => packshot.jobs.result(id, item.id, { signal }));
        journal.write({ event: 'done', path, mark, output });
        options.onEnd(file, { output });
      },
    });
  }

  private fail(file: SourceFile, error: ItemError): void {
    const { path, mark } = file;
    this.journal.write({ event: 'failed', path, mark, error });
    this.options.onEnd(file, { error });
  }
}

function keyOf({ path, mark }: Pick<SourceFile, 'path' | 'mark'>): string {
  return `${path} ${mark}`;
}
