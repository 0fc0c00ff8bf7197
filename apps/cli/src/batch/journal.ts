import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ItemError } from '@packshot/contracts';
import type { NewJob } from '@packshot/sdk';
import type { SourceFile } from './find-files';

const JOURNAL = '.packshot.ndjson';

/** A batch that was sent, or was about to be: with its key the same request makes the same job. */
export interface Submission {
  key: string;
  request: NewJob;
  /** In the order of the job's items. */
  files: readonly SourceFile[];
  /** Null: nobody knows whether the request arrived. */
  jobId: string | null;
}

type Entry =
  | ({ event: 'submit' } & Omit<Submission, 'jobId'>)
  | { event: 'job'; key: string; jobId: string }
  | { event: 'forget'; key: string }
  | { event: 'done'; path: string; mark: string; output: string }
  | { event: 'failed'; path: string; mark: string; error: ItemError };

type Line = Entry & { what: string };

/**
 * What was done to the files of an output folder, in a file of its own there: one line for each event, written when it has happened,
 * so that whatever dies at whatever moment, the next start knows. Lines of another pipeline are none of ours.
 */
export class Journal {
  private readonly path: string;
  private readonly what: string;
  private readonly done = new Map<string, { mark: string; output: string }>();
  private readonly failed = new Set<string>();
  private readonly submissions = new Map<string, Submission>();

  /** `processing`: what is done to the images. */
  constructor(
    private readonly folder: string,
    processing: unknown,
  ) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, JOURNAL);
    this.what = createHash('sha256').update(JSON.stringify(processing)).digest('hex').slice(0, 16);
    const text = existsSync(this.path) ? readFileSync(this.path, 'utf8') : '';
    for (const line of text.split('\n')) {
      const entry = readLine(line);
      if (entry?.what === this.what) this.apply(entry);
    }
    // A line that a crash cut short must not swallow the next.
    if (text !== '' && !text.endsWith('\n')) appendFileSync(this.path, '\n');
  }

  write(entry: Entry): void {
    appendFileSync(this.path, `${JSON.stringify({ ...entry, what: this.what })}\n`);
    this.apply(entry);
  }

  /** The result of this very file, if it is there. */
  resultOf({ path, mark }: SourceFile): string | null {
    const done = this.done.get(path);
    return done?.mark === mark && existsSync(join(this.folder, done.output)) ? done.output : null;
  }

  /** Whether this very file could not be processed. */
  hasFailed({ path, mark }: SourceFile): boolean {
    return this.failed.has(`${path} ${mark}`);
  }

  /** Batches with files whose end is not known, the last first: a file that was sent twice belongs to the later one. */
  open(): Submission[] {
    const isOpen = (file: SourceFile) => this.resultOf(file) === null && !this.hasFailed(file);
    return [...this.submissions.values()].filter(({ files }) => files.some(isOpen)).reverse();
  }

  private apply(entry: Entry): void {
    switch (entry.event) {
      case 'submit':
        this.submissions.set(entry.key, { key: entry.key, request: entry.request, files: entry.files, jobId: null });
        for (const { path, mark } of entry.files) this.failed.delete(`${path} ${mark}`);
        return;
      case 'job': {
        const submission = this.submissions.get(entry.key);
        if (submission) this.submissions.set(entry.key, { ...submission, jobId: entry.jobId });
        return;
      }
      case 'forget':
        this.submissions.delete(entry.key);
        return;
      case 'done':
        this.done.set(entry.path, { mark: entry.mark, output: entry.output });
        return;
      case 'failed':
        this.failed.add(`${entry.path} ${entry.mark}`);
    }
  }
}

function readLine(line: string): Line | null {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return null;
  }
}
