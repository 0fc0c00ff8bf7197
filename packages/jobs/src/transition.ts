import { ITEM_TRANSITIONS, type ItemEvent, type ItemStatus, newId } from '@packshot/contracts';
import type { JobStore } from './job-store';
import { type ItemRecord, itemFields } from './records';
import { TRANSITION_SCRIPT } from './transition-script';

/** What an item learns as it changes: kept in the same step as its status. */
export type ItemOutcome = Partial<
  Pick<ItemRecord, 'input' | 'result' | 'mask' | 'stages' | 'timings' | 'notes' | 'error'>
>;

export interface TransitionOptions {
  /** The attempt that speaks. A worker that lost the item and comes back late is refused by it. */
  attempt?: number;
  outcome?: ItemOutcome;
  /** The engine crashed with this item in it. */
  crashed?: boolean;
}

export interface Transition {
  /** False: the table does not allow the event now, or another attempt has the item. Nothing was changed. */
  applied: boolean;
  /** What the item is now; `gone` when its record no longer exists. */
  status: ItemStatus | 'gone';
  attempts: number;
  crashes: number;
  /** This was the last item: the job has ended, and its webhook (if it has one) is in the outbox. */
  jobEnded: boolean;
}

/**
 * The only writer of a status. It follows ITEM_TRANSITIONS, keeps the job's counters in step, and puts the job's webhook
 * into the outbox when the last item ends; all in one script, so that it happens whole or not at all.
 */
export async function transition(
  store: JobStore,
  item: Pick<ItemRecord, 'id' | 'jobId'>,
  event: ItemEvent,
  { attempt, outcome = {}, crashed = false }: TransitionOptions = {},
): Promise<Transition> {
  const { from, to } = EVENTS[event];
  const { keys, redis } = store;
  const reply = (await redis.eval(
    TRANSITION_SCRIPT,
    3,
    keys.item(item.id),
    keys.job(item.jobId),
    keys.unsent,
    to,
    from.join(','),
    attempt ?? '',
    new Date().toISOString(),
    newId('msg'),
    event === 'start' ? '1' : '0',
    crashed ? '1' : '0',
    ...Object.entries(itemFields(outcome)).flat(),
  )) as [string, number, number, number];
  const [word, attempts, crashes, ended] = reply;
  const applied = !word.startsWith('!');
  const status = (applied ? word : word.slice(1)) as Transition['status'];
  return { applied, status, attempts, crashes, jobEnded: ended === 1 };
}

/** ITEM_TRANSITIONS read by event: from which statuses it may come, and where it leads. */
const EVENTS: Record<ItemEvent, { from: ItemStatus[]; to: ItemStatus }> = (() => {
  const events: Partial<Record<ItemEvent, { from: ItemStatus[]; to: ItemStatus }>> = {};
  for (const [from, row] of Object.entries(ITEM_TRANSITIONS) as [
    ItemStatus,
    Partial<Record<ItemEvent, ItemStatus>>,
  ][]) {
    for (const [event, to] of Object.entries(row) as [ItemEvent, ItemStatus][]) {
      const known = events[event];
      if (known && known.to !== to) throw new Error(`event ${event} leads to both ${known.to} and ${to}`);
      events[event] = { from: [...(known?.from ?? []), from], to };
    }
  }
  return events as Record<ItemEvent, { from: ItemStatus[]; to: ItemStatus }>;
})();
