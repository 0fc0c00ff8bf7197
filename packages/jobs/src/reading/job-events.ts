import type { ItemError, ItemStatus, JobStatus } from '@packshot/contracts';
import type { JobStore } from '../job-store';
import type { JobRecord } from '../records';

/** Something that happened to a job or to one of its items, as the transition wrote it into the job's stream. */
export type JobEvent = { /** Its place in the stream; later ones are higher. */ id: string } & (
  | { kind: 'job'; status: JobStatus; run: number }
  | { kind: 'item'; status: ItemStatus; itemId: string; index: number; attempts: number; error: ItemError | null }
);

/** Before every event. */
const START = '0-0';

/** What happened after the event `after`, oldest first, `count` events at most. */
export async function readJobEvents(store: JobStore, jobId: string, after: string, count: number): Promise<JobEvent[]> {
  return (await store.redis.xrange(store.keys.jobEvents(jobId), `(${after}`, '+', 'COUNT', count)).map(toEvent);
}

export async function lastJobEventId(store: JobStore, jobId: string): Promise<string> {
  const [last] = await store.redis.xrevrange(store.keys.jobEvents(jobId), '+', '-', 'COUNT', 1);
  return last?.[0] ?? START;
}

/** Whether everything after the event `id` can still be read. A stream as long as its limit loses its oldest events. */
export async function holdsJobEventsAfter(store: JobStore, job: JobRecord, id: string): Promise<boolean> {
  const [first] = await store.redis.xrange(store.keys.jobEvents(job.id), '-', '+', 'COUNT', 1);
  if (!first) return false;
  return compareEventIds(id, first[0]) >= 0 || fieldsOf(first[1]).at === job.createdAt;
}

/** Negative, zero or positive, as `a` is before, the same as, or after `b`. The second part may be missing: 0. */
export function compareEventIds(a: string, b: string): number {
  const [aMs = 0, aNumber = 0] = a.split('-').map(Number);
  const [bMs = 0, bNumber = 0] = b.split('-').map(Number);
  return aMs - bMs || aNumber - bNumber;
}

function toEvent([id, entry]: [id: string, fields: string[]]): JobEvent {
  const { type = '', run, item: itemId, index, attempts, error } = fieldsOf(entry);
  const status = type.slice(type.indexOf('.') + 1);
  if (itemId === undefined) return { id, kind: 'job', status: status as JobStatus, run: Number(run) };
  return {
    id,
    kind: 'item',
    status: status as ItemStatus,
    itemId,
    index: Number(index),
    attempts: Number(attempts),
    error: error === undefined ? null : (JSON.parse(error) as ItemError),
  };
}

function fieldsOf(entry: readonly string[]): Partial<Record<string, string>> {
  return Object.fromEntries(entry.flatMap((name, i) => (i % 2 === 0 ? [[name, entry[i + 1]]] : [])));
}
