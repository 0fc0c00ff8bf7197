import type { AppError } from '@packshot/contracts';
import { type ItemOutcome, type ItemRecord, type TransitionOptions, transition } from '@packshot/jobs';
import type { ItemContext } from './item-context';
import type { StopReason } from './stop';
import { tellOf } from './tell-of';

/** What the queue has to do with the message. */
export type Verdict =
  /** The item has ended, or is not ours: forget the message. */
  | { kind: 'finished' }
  /** Deliver it again after a wait that grows with each failure. */
  | { kind: 'retry'; error: AppError }
  /** Deliver it again soon; it was not to blame, so nothing is counted. It is to have an engine to itself. */
  | { kind: 'rerun' }
  /** Deliver it to another worker at once. */
  | { kind: 'give_back' }
  /** The message is no longer ours: touch nothing. */
  | { kind: 'abandon' };

/** There will be another attempt. */
type Again = Exclude<Verdict, { kind: 'finished' | 'abandon' }>;

const FINISHED: Verdict = { kind: 'finished' };

/** An item may be in the engine at one crash. At the second it was alone there, which proves it. */
const CRASHES = 2;

/**
 * Ends an attempt that failed or was stopped: retries what another try can help, else fails the item with its code.
 * `failures`: attempts that failed before this one; those lost to a worker's death or to a neighbour do not count.
 */
export async function settleFailure(
  context: ItemContext,
  item: ItemRecord,
  failures: number,
  error: AppError,
  stopped: StopReason | null,
): Promise<Verdict> {
  const { store, logger, metrics, rules } = context;
  const attempt = item.attempts;
  const change = async (event: 'fail' | 'cancel' | 'requeue', options: TransitionOptions = {}) => {
    const done = await transition(store, item, event, { attempt, ...options });
    await tellOf(context, item.jobId, done);
    // A job that was canceled meanwhile takes nothing back.
    if (event === 'requeue' && done.status === 'canceled') return false;
    // A command whose answer was lost with the connection is sent again, and refused because it has happened already.
    const before = event === 'requeue' && done.status === 'queued' && done.attempts === attempt;
    return done.applied || before;
  };
  const fail = async (options: TransitionOptions = {}): Promise<Verdict> => {
    const outcome: ItemOutcome = { error: error.toItemError() };
    if (await change('fail', { ...options, outcome })) {
      metrics.countAttempt('failed', error.code);
      logger.info('item failed', { job: item.jobId, item: item.id, attempt, code: error.code });
    }
    return FINISHED;
  };
  const again = async (verdict: Again, options: TransitionOptions = {}): Promise<Verdict> => {
    if (!(await change('requeue', options))) return FINISHED;
    metrics.countAttempt(verdict.kind, stopped ? undefined : error.code);
    return verdict;
  };

  if (stopped === 'lock_lost') {
    metrics.countAttempt('abandon');
    return { kind: 'abandon' };
  }
  if (stopped === 'draining') return again({ kind: 'give_back' });
  if (stopped === 'unwanted') {
    // Refused when the reason is that the item went to another attempt: that one decides then.
    if (await change('cancel')) metrics.countAttempt('canceled');
    return FINISHED;
  }
  if (error.code === 'internal_error') logger.error('unforeseen fault', { item: item.id, attempt, error });
  if (error.code === 'engine_restarted') return again({ kind: 'rerun' });
  if (error.code === 'engine_crashed') {
    const crashes = item.crashes + 1;
    logger.warn('engine crashed', { item: item.id, attempt, crashes });
    return crashes >= CRASHES ? fail({ crashed: true }) : again({ kind: 'rerun' }, { crashed: true });
  }
  if (error.retryable && failures + 1 < rules.attempts) {
    logger.info('item will be retried', { job: item.jobId, item: item.id, attempt, code: error.code });
    return again({ kind: 'retry', error });
  }
  return fail();
}
