import type { ItemError } from './errors';
import type { Pipeline, StageName } from './operations';

export const ITEM_STATUSES = ['queued', 'processing', 'succeeded', 'failed', 'canceled'] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];

export const JOB_STATUSES = ['queued', 'processing', 'succeeded', 'partially_succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export type ItemEvent = 'start' | 'succeed' | 'fail' | 'requeue' | 'cancel';

/**
 * What may happen to an item, and what it then is; docs/01-job-lifecycle.md shows the same table in words. An event that
 * is not in the row of the present status is refused.
 *
 * `start` leads from `processing` to `processing` as well: an item whose worker died is delivered again.
 */
export const ITEM_TRANSITIONS: Readonly<Record<ItemStatus, Readonly<Partial<Record<ItemEvent, ItemStatus>>>>> = {
  queued: { start: 'processing', fail: 'failed', cancel: 'canceled' },
  processing: { start: 'processing', succeed: 'succeeded', fail: 'failed', requeue: 'queued', cancel: 'canceled' },
  succeeded: {},
  failed: {},
  canceled: {},
};

export function isTerminal(status: ItemStatus | JobStatus): boolean {
  return status !== 'queued' && status !== 'processing';
}

export type JobCounts = Record<'total' | ItemStatus, number>;

/** A job's status follows from its items, from whether one was ever started, and from whether the client canceled it. */
export function jobStatus(
  counts: JobCounts,
  { started, canceled }: { started: boolean; canceled: boolean },
): JobStatus {
  if (counts.queued + counts.processing > 0) return started ? 'processing' : 'queued';
  if (counts.succeeded === counts.total) return 'succeeded';
  if (counts.succeeded > 0) return 'partially_succeeded';
  return canceled ? 'canceled' : 'failed';
}

/** What the engine found in the file. Width and height are as shown, that is after orientation. */
export interface InputFacts {
  name: string | null;
  content_type: string | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
  sha256: string | null;
}

export interface FileFacts {
  content_type: string;
  width: number;
  height: number;
  bytes: number;
  sha256: string;
}

/** One stage of one item: how it ran, or why it was skipped. `notes` tell what was clamped or done otherwise than asked. */
export interface StageReport {
  name: StageName;
  model: string | null;
  provider: string | null;
  skipped: string | null;
  duration_ms: number;
  notes?: string[];
}

/** Durations in milliseconds. */
export type Timings = Partial<Record<'queue' | 'download' | 'decode' | 'infer' | 'encode' | 'upload', number>>;

export interface ItemView {
  id: string;
  custom_id: string | null;
  index: number;
  status: ItemStatus;
  /** 0..1 */
  progress: number;
  stage: StageName | 'download' | 'decode' | 'encode' | 'upload' | null;
  attempts: number;
  input: InputFacts;
  result: (FileFacts & { url: string }) | null;
  also: { mask?: FileFacts & { url: string } };
  stages: StageReport[];
  timings_ms: Timings;
  /** What was reduced, clamped, filled or otherwise done differently from what was asked, for the item as a whole. */
  notes: string[];
  error: ItemError | null;
}

export interface JobView {
  id: string;
  status: JobStatus;
  /** 0..1 */
  progress: number;
  run: number;
  counts: JobCounts;
  pipeline: Pipeline;
  metadata: Record<string, string>;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  expires_at: string;
  error: ItemError | null;
  links: { self: string; items: string; cancel: string };
}
