import {
  type ArchivePart,
  type BesideFile,
  type createJobContract,
  type fileItemSchema,
  type ItemStatus,
  type ItemView,
  isTerminal,
  type JobStatus,
  type JobView,
  uuidv7,
} from '@packshot/contracts';
import type { z } from 'zod';
import { PackshotError } from './errors';
import { type ImageFile, nameOf, toBlob } from './image-file';
import { type EventOptions, followJob, type JobEvent } from './job-events';
import type { CallOptions, SubmitOptions, Transport } from './transport';

type JobRequest = z.input<typeof createJobContract>;

/** Images by reference: `{ upload }`, `{ url }`, `{ s3 }` or `{ base64 }`. */
export type NewJob = JobRequest;
/** Images that are sent along, through the API. Many or large ones go better by `uploads`. */
export type NewJobOfFiles = Omit<JobRequest, 'items'> & {
  files: readonly (ImageFile & z.input<typeof fileItemSchema>)[];
};

export interface ListJobs {
  status?: JobStatus;
  created_after?: string;
  created_before?: string;
  /** Jobs with an item of this `custom_id`. */
  custom_id?: string;
}

export interface WaitOptions extends CallOptions {
  /** For how long. Default: until it has ended. */
  timeoutMs?: number;
  /** Called with the job each time it was looked at. */
  onProgress?: (job: JobView) => void;
}

/** The server holds an answer back no longer. */
const LONGEST_WAIT_SECONDS = 60;
const ITEMS_A_PAGE = 500;
const JOBS_A_PAGE = 100;

export class Jobs {
  constructor(private readonly transport: Transport) {}

  /** Made whole or not at all, and once, however often it had to be sent. */
  create(job: NewJob | NewJobOfFiles, { idempotencyKey = uuidv7(), signal }: SubmitOptions = {}): Promise<JobView> {
    const body = 'files' in job ? { form: toForm(job) } : { json: job };
    return this.transport.json('/jobs', { method: 'POST', ...body, idempotencyKey, signal });
  }

  get(id: string, { signal }: CallOptions = {}): Promise<JobView> {
    return this.transport.json(pathOf(id), { signal });
  }

  /** Newest first, all of them, page by page as they are read. */
  list(filter: ListJobs = {}, { signal }: CallOptions = {}): AsyncGenerator<JobView, void> {
    const query = { ...filter, limit: JOBS_A_PAGE };
    return this.pages('/jobs', 'jobs', query, signal);
  }

  /** In the order of the request, all of them, page by page as they are read. */
  items(
    id: string,
    filter: { status?: ItemStatus } = {},
    { signal }: CallOptions = {},
  ): AsyncGenerator<ItemView, void> {
    const query = { ...filter, limit: ITEMS_A_PAGE };
    return this.pages(`${pathOf(id)}/items`, 'items', query, signal);
  }

  item(id: string, itemId: string, { signal }: CallOptions = {}): Promise<ItemView> {
    return this.transport.json(itemPath(id, itemId), { signal });
  }

  /** The finished image as an answer: `await answer.blob()`, or `answer.body` piece by piece. @throws result_not_ready */
  result(id: string, itemId: string, { signal }: CallOptions = {}): Promise<Response> {
    return this.transport.send(`${itemPath(id, itemId)}/result`, { signal });
  }

  /** The mask of the cut-out. @throws no_mask, result_not_ready */
  mask(id: string, itemId: string, { signal }: CallOptions = {}): Promise<Response> {
    return this.transport.send(`${itemPath(id, itemId)}/mask`, { signal });
  }

  /** What lies beside the result, by its name in the `also` of the item. @throws not_found, result_not_ready */
  beside(id: string, itemId: string, name: BesideFile, { signal }: CallOptions = {}): Promise<Response> {
    return this.transport.send(`${itemPath(id, itemId)}/also/${name}`, { signal });
  }

  /** The image as it was handed in. @throws not_found where it was named by `url` or `s3` */
  original(id: string, itemId: string, { signal }: CallOptions = {}): Promise<Response> {
    return this.transport.send(`${itemPath(id, itemId)}/original`, { signal });
  }

  /** All results so far as one ZIP; read `answer.body` piece by piece. @throws result_not_ready */
  archive(id: string, include: readonly ArchivePart[] = [], { signal }: CallOptions = {}): Promise<Response> {
    const query = { include: include.length > 0 ? include.join(',') : undefined };
    return this.transport.send(`${pathOf(id)}/archive.zip`, { query, signal });
  }

  /** Until the job has ended, well or not: look at its `status`. @throws wait_over */
  async wait(
    id: string,
    { timeoutMs = Number.POSITIVE_INFINITY, onProgress, signal }: WaitOptions = {},
  ): Promise<JobView> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const left = Math.max(0, deadline - performance.now()) / 1000;
      const wait = Math.min(LONGEST_WAIT_SECONDS, left).toFixed(3);
      const job = await this.transport.json<JobView>(pathOf(id), { query: { wait }, signal });
      onProgress?.(job);
      if (isTerminal(job.status)) return job;
      if (performance.now() >= deadline) throw new PackshotError('wait_over', `${id} is still ${job.status}.`);
    }
  }

  events(id: string, options: EventOptions = {}): AsyncGenerator<JobEvent, void> {
    return followJob(this.transport, `${pathOf(id)}/events`, options);
  }

  /** What has ended stays as it is. */
  cancel(id: string, { signal }: CallOptions = {}): Promise<JobView> {
    return this.transport.json(`${pathOf(id)}/cancel`, { method: 'POST', signal });
  }

  /** Opens another run for the images that did not succeed. @throws conflict while the job has not ended */
  retry(id: string, { signal }: CallOptions = {}): Promise<JobView> {
    return this.transport.json(`${pathOf(id)}/retry`, { method: 'POST', once: true, signal });
  }

  /** Originals, results and records. @throws conflict while the job has not ended */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.transport.send(pathOf(id), { method: 'DELETE', once: true, signal });
  }

  private async *pages<Name extends 'jobs' | 'items', T>(
    path: string,
    name: Name,
    query: Record<string, string | number | undefined>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T, void> {
    type Page = Record<Name, T[]> & { next: string | null };
    let cursor: string | undefined;
    do {
      const page: Page = await this.transport.json(path, { query: { ...query, cursor }, signal });
      yield* page[name];
      // Only the cursor: the key must not follow an address to another host.
      cursor = page.next === null ? undefined : (new URL(page.next).searchParams.get('cursor') ?? undefined);
    } while (cursor !== undefined);
  }
}

function pathOf(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

function itemPath(id: string, itemId: string): string {
  return `${pathOf(id)}/items/${encodeURIComponent(itemId)}`;
}

function toForm({ files, ...fields }: NewJobOfFiles): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  form.append('items', JSON.stringify(files.map(({ custom_id, pipeline }) => ({ custom_id, pipeline }))));
  for (const file of files) form.append('files', toBlob(file.data), nameOf(file) ?? 'image');
  return form;
}
