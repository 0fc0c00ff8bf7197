import { type ItemView, type JobView, jobStatus } from '@packshot/contracts';
import type { ItemRecord, JobRecord, StoredFile } from './records';

const round = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

/** The one JSON form of a job: for GET, for the answer to POST, and for webhooks. Costs the same for any number of items. */
export function toJobView(job: JobRecord): JobView {
  const { counts } = job;
  const ended = counts.succeeded + counts.failed + counts.canceled;
  const self = `${job.baseUrl}/jobs/${job.id}`;
  return {
    id: job.id,
    status: jobStatus(counts, { started: job.startedAt !== null, canceled: job.canceled }),
    progress: round((ended + job.progressSum) / counts.total),
    run: job.run,
    counts,
    pipeline: job.pipeline,
    metadata: job.metadata,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    expires_at: job.expiresAt,
    error: null,
    links: { self, items: `${self}/items`, cancel: `${self}/cancel` },
  };
}

export function toItemView(item: ItemRecord, baseUrl: string): ItemView {
  const self = `${baseUrl}/jobs/${item.jobId}/items/${item.id}`;
  const file = ({ key: _, ...facts }: StoredFile, url: string) => ({ ...facts, url });
  return {
    id: item.id,
    custom_id: item.customId,
    index: item.index,
    status: item.status,
    progress: round(item.progress),
    stage: item.stage,
    attempts: item.attempts,
    input: item.input,
    result: item.result && file(item.result, `${self}/result`),
    also: item.mask ? { mask: file(item.mask, `${self}/mask`) } : {},
    stages: item.stages,
    timings_ms: item.timings,
    notes: item.notes,
    error: item.error,
  };
}
