import { isTerminal, jobStatus, type WebhookPayload } from '@packshot/contracts';
import type { JobStore } from './job-store';
import type { Queues } from './queue';
import { toJobView } from './views';

/**
 * Two outboxes make "accepted" and "ended" survive a crash. Creating a job commits it together with a note that its items
 * have to be queued; ending one commits that together with a note that its webhook has to be sent. Both notes are acted on
 * at once by whoever wrote them, and again by the sweeper if that process died; ids are deterministic, so twice is once.
 */
export async function queueItems(store: JobStore, queues: Queues, jobId: string): Promise<void> {
  const job = await store.get(jobId);
  if (job) {
    for (let from = 0; from < job.counts.total; from += 1000) {
      const items = await store.listItems(jobId, from, 1000);
      await queues.addItems(
        jobId,
        job.run,
        items.filter((item) => !isTerminal(item.status)).map((item) => item.id),
      );
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

/** Moves every webhook of the outbox into its queue, with the body it will have on every attempt. */
export async function sendUnsent(store: JobStore, queues: Queues): Promise<number> {
  const unsent = Object.entries(await store.redis.hgetall(store.keys.unsent));
  for (const [messageId, jobId] of unsent) {
    const job = await store.get(jobId);
    const status = job && jobStatus(job.counts, { started: true, canceled: job.canceled });
    if (job?.webhookUrl && status && status !== 'queued' && status !== 'processing') {
      const payload: WebhookPayload = {
        type: `job.${status}`,
        timestamp: job.completedAt ?? new Date().toISOString(),
        data: toJobView(job),
      };
      await queues.addWebhook({ messageId, jobId, url: job.webhookUrl, body: JSON.stringify(payload) });
    }
    await store.redis.hdel(store.keys.unsent, messageId);
  }
  return unsent.length;
}
