import type { ItemStatus, JobCounts, JobStatus } from './job';

/**
 * The life of items and jobs as two tables. The code asks them, `docs/01-job-lifecycle.md` shows them, and a test walks
 * random sequences of events against them. An event that has no row for the present status is refused and changes nothing.
 */
export interface ItemRow {
  from: ItemStatus;
  event: ItemEvent;
  to: ItemStatus;
  /** What happens to the counters of the job. */
  counters: string;
  webhook: string;
  /** Who may cause it. */
  by: string;
}

export type ItemEvent = 'start' | 'succeed' | 'fail' | 'expire' | 'requeue' | 'cancel' | 'retry';

const item = (from: ItemStatus, event: ItemEvent, to: ItemStatus, by: string): ItemRow => ({
  from,
  event,
  to,
  counters: from === to ? '–' : `${from} −1, ${to} +1`,
  webhook: to === 'succeeded' || to === 'failed' || to === 'canceled' ? `\`item.${to}\`, if asked for` : '–',
  by,
});

/** `start` leads from `processing` to `processing` as well: an item whose worker died is delivered again. */
export const ITEM_TABLE: readonly ItemRow[] = [
  item('queued', 'start', 'processing', 'worker'),
  item('queued', 'fail', 'failed', 'worker'),
  item('queued', 'expire', 'failed', 'anyone who sees that the `ttl` is over'),
  item('queued', 'cancel', 'canceled', 'client'),
  item('processing', 'start', 'processing', 'another worker, when the first is lost'),
  item('processing', 'succeed', 'succeeded', 'the worker of the current attempt'),
  item('processing', 'fail', 'failed', 'the worker of the current attempt'),
  item('processing', 'requeue', 'queued', 'the worker of the current attempt'),
  item('processing', 'cancel', 'canceled', 'the worker of the current attempt, asked by the client'),
  item('failed', 'retry', 'queued', 'client, when the job has ended'),
  item('canceled', 'retry', 'queued', 'client, when the job has ended'),
];

/** ITEM_TABLE by status and event. */
export const ITEM_TRANSITIONS = Object.fromEntries(
  (['queued', 'processing', 'succeeded', 'failed', 'canceled'] as const).map((from) => [
    from,
    Object.fromEntries(ITEM_TABLE.filter((row) => row.from === from).map(({ event, to }) => [event, to])),
  ]),
) as Readonly<Record<ItemStatus, Readonly<Partial<Record<ItemEvent, ItemStatus>>>>>;

export type JobEvent = 'item_started' | 'items_ended' | 'cancel' | 'retry' | 'delete' | 'retention';

export interface JobRow {
  from: readonly JobStatus[];
  event: JobEvent;
  /** The next status; `ended` stands for the one that `endStatus` gives, `gone` for no record. */
  to: JobStatus | 'unchanged' | 'ended' | 'gone';
  /** What else happens in the same step. */
  effect: string;
  webhook: string;
  by: string;
}

const OPEN = ['queued', 'processing'] as const;
const ENDED = ['succeeded', 'partially_succeeded', 'failed', 'canceled', 'expired'] as const;

export const JOB_TABLE: readonly JobRow[] = [
  {
    from: ['queued'],
    event: 'item_started',
    to: 'processing',
    effect: '`started_at`',
    webhook: '`job.processing`, if asked for',
    by: 'worker',
  },
  {
    from: OPEN,
    event: 'items_ended',
    to: 'ended',
    effect: '`completed_at`',
    webhook: '`job.<status>`, once a run',
    by: 'whoever ends the last item',
  },
  {
    from: OPEN,
    event: 'cancel',
    to: 'unchanged',
    effect: 'queued items are canceled at once, running ones between stages; the last to end ends the job',
    webhook: '–',
    by: 'client',
  },
  {
    from: ['partially_succeeded', 'failed', 'canceled', 'expired'],
    event: 'retry',
    to: 'queued',
    effect:
      '`run` +1; failed and canceled items that have an image are queued again, their crash counts at 0; `ttl` starts anew; `completed_at` and the wish to cancel are gone',
    webhook: '–',
    by: 'client',
  },
  { from: ENDED, event: 'delete', to: 'gone', effect: 'objects, then records', webhook: '–', by: 'client' },
  {
    from: ENDED,
    event: 'retention',
    to: 'gone',
    effect: 'objects, then records, `RETENTION_HOURS` after the end',
    webhook: '–',
    by: 'sweeper',
  },
];

export function jobAllows(status: JobStatus, event: JobEvent): boolean {
  return JOB_TABLE.some((row) => row.event === event && row.from.includes(status));
}

export function isTerminal(status: ItemStatus | JobStatus): boolean {
  return status !== 'queued' && status !== 'processing';
}

/** What a job's status follows from, beside its counters. */
export interface JobFacts {
  /** An item was started in this run. */
  started: boolean;
  canceled: boolean;
  /** Items of `failed` that failed because the `ttl` was over. */
  expired: number;
}

/** A job's status follows from its items, from whether one was ever started, and from whether the client canceled it. */
export function jobStatus(counts: JobCounts, { started, canceled, expired }: JobFacts): JobStatus {
  if (counts.queued + counts.processing > 0) return started ? 'processing' : 'queued';
  if (counts.succeeded === counts.total) return 'succeeded';
  if (counts.succeeded > 0) return 'partially_succeeded';
  if (canceled) return 'canceled';
  return expired === counts.total ? 'expired' : 'failed';
}
