/** Why an attempt is told to stop before its end; the reason of its abort signal. */
export type StopReason =
  /** The client canceled the job, or the item's record says that it is no longer this attempt's. */
  | 'unwanted'
  /** Another worker may have the item by now: nothing may be written. */
  | 'lock_lost'
  /** This worker is shutting down: the item goes back to the queue. */
  | 'draining';

export class Stop extends Error {
  constructor(readonly reason: StopReason) {
    super(`stopped: ${reason}`);
    this.name = 'Stop';
  }
}

/** The reason this signal was aborted for; null while it is not. */
export function stopReason(signal: AbortSignal): StopReason | null {
  if (!signal.aborted) return null;
  return signal.reason instanceof Stop ? signal.reason.reason : 'draining';
}
