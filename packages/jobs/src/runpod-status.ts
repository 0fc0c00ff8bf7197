import type { ItemStatus, JobStatus } from '@packshot/contracts';
import type { ItemRecord, JobRecord } from './records';

export const RUNPOD_STATUSES = ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const;
type RunPodStatus = (typeof RUNPOD_STATUSES)[number];

const OPEN: Readonly<Partial<Record<JobStatus, RunPodStatus>>> = { queued: 'IN_QUEUE', processing: 'IN_PROGRESS' };
const ENDED: Readonly<Partial<Record<ItemStatus, RunPodStatus>>> = { succeeded: 'COMPLETED', canceled: 'CANCELLED' };
const LATE = ['expired', 'timed_out'];

/** A job of one item as RunPod shows it, but for its output; times in milliseconds, of what lies behind it. */
export function toRunPodStatus(job: JobRecord, item: ItemRecord | undefined) {
  const { id, createdAt, startedAt, completedAt } = job;
  const begun = startedAt ?? completedAt;
  const waited = begun === null ? {} : { delayTime: between(createdAt, begun) };
  const open = OPEN[job.status];
  if (open !== undefined) return { id, status: open, ...waited };
  const times = { ...waited, executionTime: between(begun, completedAt) };
  const code = item?.error?.code ?? '';
  const status = (item && ENDED[item.status]) ?? (LATE.includes(code) ? 'TIMED_OUT' : 'FAILED');
  const error = item?.error?.message;
  return { id, status, ...times, ...(error !== undefined && { error }) };
}

function between(from: string | null, to: string | null): number {
  return from === null || to === null ? 0 : Math.max(0, Date.parse(to) - Date.parse(from));
}
