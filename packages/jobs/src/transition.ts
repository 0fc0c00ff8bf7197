import { AppError, ITEM_TABLE, type ItemEvent, type ItemStatus } from '@packshot/contracts';
import type { JobStore } from './job-store';
import { hashFields, type ItemRecord } from './records';
import { runScript } from './run-script';
import { TRANSITION_MANY_SCRIPT, TRANSITION_SCRIPT } from './transition-script';

/** What an item learns as it changes: kept in the same step as its status. */
export type ItemOutcome = Partial<
  Pick<ItemRecord, 'input' | 'result' | 'mask' | 'also' | 'subject' | 'lint' | 'stages' | 'timings' | 'notes' | 'error'>
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
  /** This was the last item: the job has ended, and what is to be told of it is in the outbox. */
  jobEnded: boolean;
  /** The end of the item is in the outbox, because somebody wants to hear of it. */
  itemNoted: boolean;
}

/** `retry` is the client's, for a whole job: see `JobStore.retry`. */
type SingleEvent = Exclude<ItemEvent, 'retry'>;

/**
 * The only writer of a status. It follows ITEM_TABLE, keeps the job's counters and status in step, writes the job's stream,
 * and puts the webhooks that are due into the outbox; all in one script, so that it happens whole or not at all.
 *
 * A `start` that comes too late for the job's `ttl` fails the item, and one of a canceled job cancels it.
 */
export async function transition(
  store: JobStore,
  item: Pick<ItemRecord, 'id' | 'jobId'>,
  event: SingleEvent,
  { attempt, outcome = {}, crashed = false }: TransitionOptions = {},
): Promise<Transition> {
  const { from, to } = EVENTS[event];
  const args = [
    ...store.scriptArguments(),
    item.id,
    event,
    to,
    from.join(','),
    attempt ?? '',
    crashed ? '1' : '0',
    ...Object.entries(hashFields(outcome)).flat(),
  ];
  const reply = await runScript(store.redis, TRANSITION_SCRIPT, [store.keys.job(item.jobId)], args);
  const [word, attempts, crashes, ended, noted] = reply as [string, number, number, number, number];
  const applied = !word.startsWith('!');
  const status = (applied ? word : word.slice(1)) as Transition['status'];
  return { applied, status, attempts, crashes, jobEnded: ended === 1, itemNoted: noted === 1 };
}

/** So many items of a job are changed in one step: Redis serves nobody else meanwhile. */
export const ITEMS_AT_ONCE = 250;

/** The same event for many items of one job; those that the table does not allow it for are left as they are. */
export async function transitionMany(
  store: JobStore,
  jobId: string,
  itemIds: readonly string[],
  event: 'cancel' | 'expire',
  from: readonly ItemStatus[] = EVENTS[event].from,
): Promise<{ applied: number; jobEnded: boolean }> {
  if (itemIds.length === 0) return { applied: 0, jobEnded: false };
  const args = [...store.scriptArguments(), event, EVENTS[event].to, from.join(','), ...itemIds];
  const reply = await runScript(store.redis, TRANSITION_MANY_SCRIPT, [store.keys.job(jobId)], args);
  const [applied, ended] = reply as [number, number];
  return { applied, jobEnded: ended === 1 };
}

/** The error of an item that was not started in time. */
export const EXPIRED = new AppError('expired').toItemError();

/** ITEM_TABLE read by event: from which statuses it may come, and where it leads. */
const EVENTS = (() => {
  const events: Partial<Record<ItemEvent, { from: ItemStatus[]; to: ItemStatus }>> = {};
  for (const { from, event, to } of ITEM_TABLE) {
    const known = events[event];
    if (known && known.to !== to) throw new Error(`event ${event} leads to both ${known.to} and ${to}`);
    events[event] = { from: [...(known?.from ?? []), from], to };
  }
  return events as Record<ItemEvent, { from: ItemStatus[]; to: ItemStatus }>;
})();
