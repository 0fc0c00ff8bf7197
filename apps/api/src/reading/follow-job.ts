import { isTerminal, type JobView } from '@packshot/contracts';
import {
  type Changes,
  type ItemRecord,
  type JobEvent,
  type JobRecord,
  type JobStore,
  readJobEvents,
  toJobView,
} from '@packshot/jobs';
import type { ServerEvent } from './event-stream';

/** Events read at once: what one reader that is far behind costs in memory. */
const CHUNK = 200;
/** `progress` is told no more often than this. */
const PROGRESS_MS = 1_000;

export interface Follower {
  send(event: ServerEvent): Promise<void>;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

/**
 * Tells everything that happens to a job after the event `after`, each once and in order, until the job has ended and all is
 * told, the job is deleted, the client leaves, or the API shuts down. In between, how far the job is.
 */
export async function followJob(
  store: JobStore,
  changes: Changes,
  { id, after }: { id: string; after: string },
  { send, signal }: Follower,
): Promise<void> {
  let last = after;
  let told = '';
  let toldAt = Number.NEGATIVE_INFINITY;
  const watch = changes.watch(id);
  signal.addEventListener('abort', watch.close, { once: true });
  try {
    while (!signal.aborted && !changes.stopped) {
      // The record before the stream: what has ended in the record is in the stream by then.
      const job = await store.get(id);
      if (!job) return;
      const events = await readJobEvents(store, id, last, CHUNK);
      for (const event of await withRecords(store, events, job)) {
        await send(event);
        if (signal.aborted) return;
      }
      last = events.at(-1)?.id ?? last;
      if (events.length > 0) continue;
      if (isTerminal(job.status)) return;
      const { progress, counts } = toJobView(job);
      const news = JSON.stringify({ progress, counts });
      const due = toldAt + PROGRESS_MS - performance.now();
      if (news !== told && due <= 0) {
        await send({ event: 'progress', data: { progress, counts } });
        [told, toldAt] = [news, performance.now()];
      }
      await watch.changed(news === told ? Number.POSITIVE_INFINITY : due);
    }
  } finally {
    signal.removeEventListener('abort', watch.close);
    watch.close();
  }
}

/** The job as it is now, under the status and run of the event. */
function jobAt(job: JobRecord, event: JobEvent & { kind: 'job' }): JobView {
  const view = toJobView(job);
  const { status, run } = event;
  if (status === view.status && run === view.run) return view;
  return { ...view, status, run, completed_at: isTerminal(status) ? view.completed_at : null };
}

async function withRecords(store: JobStore, events: readonly JobEvent[], job: JobRecord): Promise<ServerEvent[]> {
  const ids = new Set(events.flatMap((event) => (event.kind === 'item' ? [event.itemId] : [])));
  const items = new Map((await store.getItems([...ids])).map((item) => [item.id, item]));
  return events.map((event) => {
    if (event.kind === 'job') return { id: event.id, event: 'job', data: jobAt(job, event) };
    return { id: event.id, event: 'item', data: itemEvent(event, items.get(event.itemId)) };
  });
}

function itemEvent(event: JobEvent & { kind: 'item' }, item: ItemRecord | undefined) {
  const { itemId, index, status, attempts, error } = event;
  return { id: itemId, index, custom_id: item?.customId ?? null, status, attempts, error };
}
