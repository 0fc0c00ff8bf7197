import type { ItemStatus, JobCounts, TerminalStatus, WebhookPayload } from '@packshot/contracts';
import type { JobStore } from './job-store';
import type { Queues } from './queue';
import type { JobRecord } from './records';
import { type FileLinks, toItemView, toJobView } from './views';
import { announce, receiversOf } from './webhooks/announce';
import { type EndpointRecord, listEndpoints } from './webhooks/endpoints';
import { facadeBody } from './webhooks/facade-body';

/** What is due to be told, as the transition wrote it down. The figures are those of that moment. */
export type OutboxEntry = { at: string; job: string; run: number } & (
  | { type: 'job.processing'; counts: JobCounts }
  | { type: `job.${TerminalStatus}`; status: TerminalStatus; counts: JobCounts }
  | { type: `item.${Extract<ItemStatus, 'succeeded' | 'failed' | 'canceled'>}`; item: string }
);

/**
 * Two outboxes make "accepted" and "ended" survive a crash. Creating a job commits it together with a note that its items
 * need messages in the queue; an item's end commits that together with a note of what has to be told. Both are acted on at
 * once by whoever wrote them, and again by whoever tends the queues if that process died; ids are deterministic, so twice is
 * once.
 */
export async function queueItems(store: JobStore, queues: Queues, jobId: string): Promise<void> {
  const job = await store.get(jobId);
  if (job) {
    for (let from = 0; from < job.counts.total; from += 1000) {
      const ids = await store.itemIds(jobId, from, 1000);
      // The first run is nearly all of the items: a message too many costs less than reading them.
      const open =
        job.run === 1
          ? ids
          : (await store.getItems(ids)).filter(({ status }) => status === 'queued').map(({ id }) => id);
      await queues.addItems(open.map((id) => `${id}.${job.run}`));
    }
  }
  await store.redis.srem(store.keys.unqueued, jobId);
}

/** Jobs that were committed but perhaps not queued to the last item. */
export async function queueUnqueued(store: JobStore, queues: Queues): Promise<number> {
  const jobIds = await store.redis.smembers(store.keys.unqueued);
  for (const jobId of jobIds) await queueItems(store, queues, jobId);
  return jobIds.length;
}

/**
 * Takes every note out of the outbox: each becomes a delivery for every receiver that wants to hear of it, with the body it
 * will have on every attempt; gives how many notes that were. It may be cut off between any two steps and repeated: the
 * delivery's id follows from message and receiver, its record says whether it is still to be delivered, and the note goes last.
 * `jobId`: only those of this job.
 */
export async function sendUnsent(
  store: JobStore,
  queues: Queues,
  links: FileLinks,
  { jobId }: { jobId?: string } = {},
): Promise<number> {
  const { redis, keys } = store;
  const faults: unknown[] = [];
  let sent = 0;
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(keys.unsent, cursor, 'COUNT', 100);
    cursor = next;
    const look = {
      job: once((id: string) => store.get(id)),
      endpoints: once((of: string) => listEndpoints(store, of)),
    };
    const notes = Array.from(
      { length: flat.length / 2 },
      (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''] as const,
    );
    // Looked for in the text: a note that cannot be read is no affair of another job.
    const wanted = notes.filter(([, text]) => jobId === undefined || text.includes(jobId));
    const results = await Promise.allSettled(
      wanted.map(async ([messageId, text]) => {
        await sendNote(store, queues, links, look, messageId, JSON.parse(text) as OutboxEntry);
        const gone = await redis.hdel(keys.unsent, messageId);
        sent += gone;
      }),
    );
    // One note that cannot be sent keeps no other from being sent.
    faults.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
  } while (cursor !== '0');
  if (faults.length > 0) throw faults[0];
  return sent;
}

/** Lookups that many notes share. */
interface Lookups {
  job(id: string): Promise<JobRecord | null>;
  endpoints(tenant: string): Promise<EndpointRecord[]>;
}

async function sendNote(
  store: JobStore,
  queues: Queues,
  links: FileLinks,
  look: Lookups,
  messageId: string,
  entry: OutboxEntry,
): Promise<void> {
  const job = await look.job(entry.job);
  if (!job) return;
  const receivers = receiversOf(job, entry.type, await look.endpoints(job.tenant));
  if (receivers.length === 0) return;
  const payload = await payloadOf(store, job, entry, links);
  if (!payload) return;
  const ownBody = await facadeBody(store, job, links);
  await announce(store, queues, job, { id: messageId, payload, ownBody }, receivers);
}

/** The same question is asked but once. */
function once<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (key) => {
    const answer = answers.get(key) ?? ask(key);
    answers.set(key, answer);
    return answer;
  };
}

/** The body of what is told of an entry: the job as it was then, or the item. Null when the item is gone. */
export async function payloadOf(
  store: JobStore,
  job: JobRecord,
  entry: OutboxEntry,
  links: FileLinks,
): Promise<WebhookPayload | null> {
  const { type, at: timestamp } = entry;
  if ('item' in entry) {
    const item = await store.getItem(entry.item);
    if (!item) return null;
    const data = { ...(await toItemView(item, job.baseUrl, links)), job_id: job.id };
    return { type: entry.type, timestamp, data };
  }
  const ended = 'status' in entry;
  const then: JobRecord = {
    ...job,
    run: entry.run,
    counts: entry.counts,
    progressSum: 0,
    status: ended ? entry.status : 'processing',
    completedAt: ended ? timestamp : null,
  };
  return {
    type: type as Extract<WebhookPayload, { data: { counts: unknown } }>['type'],
    timestamp,
    data: toJobView(then),
  };
}
