import { type ItemView, isTerminal, type JobView } from '@packshot/contracts';
import { PackshotError } from './errors';
import { pause } from './pause';
import { readServerEvents } from './server-events';
import type { CallOptions, Transport } from './transport';

/** `reset` stands for events that the server no longer holds: read the items anew. */
export type JobEvent =
  | { type: 'job' | 'reset'; id: string | null; data: JobView }
  | {
      type: 'item';
      id: string | null;
      data: Pick<ItemView, 'id' | 'index' | 'custom_id' | 'status' | 'attempts' | 'error'>;
    }
  | { type: 'progress'; id: null; data: Pick<JobView, 'progress' | 'counts'> };

export interface EventOptions extends CallOptions {
  /** Tell what came after this event; `'0'` tells the job from its beginning. Without it: from now on. */
  lastEventId?: string | undefined;
}

const COME_BACK_MS = 1000;

/**
 * What happens to a job until it has ended, each event once and in order. After a cut it comes back and goes on after the last event,
 * as often as it takes while the server answers; it throws what the transport throws when that has given up.
 */
export async function* followJob(
  transport: Transport,
  path: string,
  { lastEventId, signal }: EventOptions,
): AsyncGenerator<JobEvent> {
  let last = lastEventId;
  let ended = false;
  for (;;) {
    const response = await transport.send(path, {
      headers: { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) },
      signal,
    });
    if (response.status === 204) return;
    if (response.body === null) throw new PackshotError('bad_answer', 'The stream of events has no body.');
    try {
      for await (const { id, event, data } of readServerEvents(response.body)) {
        last = id ?? last;
        const told = { type: event, id, data: JSON.parse(data) } as JobEvent;
        if (told.type === 'job' || told.type === 'reset') ended = isTerminal(told.data.status);
        yield told;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isCut(error)) throw error;
    }
    if (ended) return;
    await pause(COME_BACK_MS, signal);
  }
}

/** `fetch` says so of a body that breaks off. What the caller throws into the generator is something else. */
function isCut(error: unknown): boolean {
  return error instanceof TypeError;
}
