import type { FileView, ItemView, JobView } from '@packshot/contracts';
import type { ItemRecord, JobRecord, StoredFile } from './records';
import { resultName } from './result-name';

const round = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

/** Makes addresses under which a stored file can be fetched without a key. `name`: what it is to be called when saved. */
export interface FileLinks {
  urlOf(file: StoredFile, name: string, baseUrl: string): Promise<{ url: string; expires_at: string }>;
}

/** The one JSON form of a job: for GET, lists, streams and webhooks. Costs the same for any number of items. */
export function toJobView(job: JobRecord): JobView {
  const { counts } = job;
  const ended = counts.succeeded + counts.failed + counts.canceled;
  const self = `${job.baseUrl}/jobs/${job.id}`;
  return {
    id: job.id,
    status: job.status,
    progress: round((ended + job.progressSum) / counts.total),
    run: job.run,
    counts,
    pipeline: job.pipeline,
    metadata: job.metadata,
    priority: job.priority,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    expires_at: job.expiresAt,
    error: null,
    links: {
      self,
      items: `${self}/items`,
      events: `${self}/events`,
      archive: `${self}/archive.zip`,
      cancel: `${self}/cancel`,
      retry: `${self}/retry`,
    },
  };
}

export async function toItemView(item: ItemRecord, baseUrl: string, links: FileLinks): Promise<ItemView> {
  const job = `${baseUrl}/jobs/${item.jobId}`;
  const self = `${job}/items/${item.id}`;
  const file = async ({ key, ...facts }: StoredFile, suffix: string): Promise<FileView> => ({
    ...facts,
    ...(await links.urlOf({ key, ...facts }, resultName(item, facts.content_type, suffix), baseUrl)),
  });
  const also = { ...(item.mask && { mask: item.mask }), ...item.also };
  const extras = Object.entries(also).map(async ([name, extra]) => [name, await file(extra, `-${name}`)]);
  return {
    id: item.id,
    custom_id: item.customId,
    index: item.index,
    status: item.status,
    progress: round(item.progress),
    stage: item.stage,
    attempts: item.attempts,
    input: item.input,
    result: item.result && (await file(item.result, '')),
    also: Object.fromEntries(await Promise.all(extras)),
    subject: item.subject,
    lint: item.lint,
    stages: item.stages,
    timings_ms: item.timings,
    notes: item.notes,
    error: item.error,
    links: { self, job, result: `${self}/result`, mask: `${self}/mask` },
  };
}
