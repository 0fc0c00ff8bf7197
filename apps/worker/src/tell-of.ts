import { jobFacts, type Transition } from '@packshot/jobs';
import type { ItemContext } from './item-context';

/**
 * What is to be done by whoever changed an item: the end of the job is logged, once, and what has to be told of either is sent
 * soon. Of the rest, whoever tends the queues takes care.
 */
export async function tellOf(
  { store, outbox, logger }: Pick<ItemContext, 'store' | 'outbox' | 'logger'>,
  jobId: string,
  { jobEnded, itemNoted }: Pick<Transition, 'jobEnded' | 'itemNoted'>,
): Promise<void> {
  if (jobEnded || itemNoted) outbox.sendSoon();
  if (!jobEnded) return;
  const job = await store.get(jobId);
  if (job) logger.info('job ended', jobFacts(job));
}
