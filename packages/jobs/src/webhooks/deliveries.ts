import { createHash } from 'node:crypto';
import { AppError, type DeliveryAttempt, type DeliveryStatus, type MessageType, uuidv7 } from '@packshot/contracts';
import type { JobStore } from '../job-store';
import { hashFields } from '../records';
import { runScript } from '../run-script';
import { CREATE_DELIVERY_SCRIPT, REOPEN_DELIVERY_SCRIPT, SETTLE_DELIVERY_SCRIPT } from './delivery-scripts';

/**
 * One message on its way to one receiver. The record says how far it is; a message of the queue only says that it is time to
 * look at it, and carries nothing but its id.
 *
 *              ┌── attempt failed, put off ──┐
 *              ▼                             │
 *     ──▶ pending ─────────────────────────┘
 *          ▲   │ 2xx          ──▶ delivered
 *          │   │ schedule over ─▶ failed
 *          │   │ not allowed, 410 to the URL of a job ──▶ refused
 *          │   │ 410 to an endpoint, endpoint disabled or deleted ──▶ disabled
 *          └───┴──────── redeliver: the next series of attempts, same message id
 */
export interface DeliveryRecord {
  id: string;
  tenant: string;
  messageId: string;
  type: MessageType;
  jobId: string | null;
  /** Null: the `webhook_url` of the job. */
  endpointId: string | null;
  url: string;
  /** The bytes that are sent, on every attempt the same. */
  body: string;
  /** `traceparent` and `tracestate` of the request that made the job. */
  trace: string | null;
  traceState: string | null;
  status: DeliveryStatus;
  /** 1, and one more for every redelivery. */
  series: number;
  /** Attempts of this series. */
  tries: number;
  attemptCount: number;
  nextAttemptAt: number | null;
  createdAt: string;
  endedAt: string | null;
  attempts: DeliveryAttempt[];
}

export type NewDelivery = Pick<
  DeliveryRecord,
  'tenant' | 'messageId' | 'type' | 'jobId' | 'endpointId' | 'url' | 'body' | 'trace' | 'traceState' | 'createdAt'
>;

const MOST_ATTEMPTS_KEPT = 50;

/**
 * An id that follows from message and receiver, so that making a delivery twice is making it once. It is a UUIDv7 of the time
 * of the message whose random bits come from a digest.
 */
export function deliveryId({ messageId, endpointId, url, createdAt }: NewDelivery): string {
  const time = uuidv7(Date.parse(createdAt)).slice(0, 14);
  const digest = createHash('sha256')
    .update(`${messageId}\0${endpointId ?? url}`)
    .digest('hex');
  const variant = '89ab'[Number.parseInt(digest[3] ?? '0', 16) % 4];
  return `dlv_${time}7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

/** Makes a delivery, unless it exists; gives its id, its series, and whether it is still to be delivered. */
export async function createDelivery(
  { redis, keys }: JobStore,
  delivery: NewDelivery,
  now = Date.now(),
): Promise<{ id: string; series: number; pending: boolean }> {
  const id = deliveryId(delivery);
  const state = { status: 'pending', series: 1, tries: 0, attemptCount: 0, nextAttemptAt: now };
  const fields = Object.entries(hashFields({ id, ...delivery, ...state })).flat();
  const reply = await runScript(
    redis,
    CREATE_DELIVERY_SCRIPT,
    [keys.delivery(id), keys.deliveriesOf(delivery.tenant), keys.deliveriesPending],
    [id, Date.parse(delivery.createdAt), now, ...fields],
  );
  const [status, series] = reply as [string, string];
  return { id, series: Number(series), pending: status === 'pending' };
}

export async function getDelivery({ redis, keys }: JobStore, id: string): Promise<DeliveryRecord | null> {
  return parseDelivery(await redis.hgetall(keys.delivery(id)));
}

/** Throws `not_found`, also for the delivery of another tenant; `tenant: null` sees everybody's. */
export async function requireDelivery(store: JobStore, id: string, tenant: string | null): Promise<DeliveryRecord> {
  const delivery = await getDelivery(store, id);
  if (!delivery || (tenant !== null && delivery.tenant !== tenant)) {
    throw new AppError('not_found', `There is no webhook delivery ${id}.`);
  }
  return delivery;
}

/** What became of a delivery that was looked at. `url`: where it was sent to, which an endpoint may have changed. */
export type Settlement = { attempt?: DeliveryAttempt; url?: string } & (
  | { status: 'pending'; nextAttemptAt: number }
  | { status: Exclude<DeliveryStatus, 'pending'> }
);

/** False: somebody else has ended it, or begun another series; nothing was changed. */
export async function settleDelivery(
  { redis, keys, webhookLogMs }: JobStore,
  delivery: DeliveryRecord,
  settlement: Settlement,
  now = Date.now(),
): Promise<boolean> {
  const { status, attempt, url = delivery.url } = settlement;
  const at = status === 'pending' ? settlement.nextAttemptAt : now;
  const reply = await runScript(
    redis,
    SETTLE_DELIVERY_SCRIPT,
    [keys.delivery(delivery.id), keys.deliveriesPending, keys.deliveryExpiry],
    [
      ...[delivery.id, delivery.series, status, at, new Date(at).toISOString(), now + webhookLogMs],
      ...[MOST_ATTEMPTS_KEPT, attempt ? JSON.stringify(attempt) : '', url, delivery.attemptCount],
    ],
  );
  return reply === 1;
}

/** Opens a new series of attempts; throws `conflict` while one is under way. The caller queues it. */
export async function reopenDelivery({ redis, keys }: JobStore, id: string, now = Date.now()): Promise<number> {
  const places = [keys.delivery(id), keys.deliveriesPending, keys.deliveryExpiry];
  const series = Number(await runScript(redis, REOPEN_DELIVERY_SCRIPT, places, [id, now]));
  if (series === 0) throw new AppError('conflict', 'The delivery is still under way.');
  return series;
}

export function parseDelivery(hash: Record<string, string | null>): DeliveryRecord | null {
  const { id, tenant, messageId } = hash;
  if (!id || !tenant || !messageId) return null;
  const attemptCount = Number(hash.attemptCount ?? 0);
  const attempts: DeliveryAttempt[] = [];
  for (let n = Math.max(1, attemptCount - MOST_ATTEMPTS_KEPT + 1); n <= attemptCount; n++) {
    const text = hash[`attempt.${n}`];
    if (text) attempts.push(JSON.parse(text) as DeliveryAttempt);
  }
  return {
    id,
    tenant,
    messageId,
    type: hash.type as MessageType,
    jobId: hash.jobId ?? null,
    endpointId: hash.endpointId ?? null,
    url: hash.url ?? '',
    body: hash.body ?? '',
    trace: hash.trace ?? null,
    traceState: hash.traceState ?? null,
    status: hash.status as DeliveryStatus,
    series: Number(hash.series ?? 1),
    tries: Number(hash.tries ?? 0),
    attemptCount,
    nextAttemptAt: hash.nextAttemptAt ? Number(hash.nextAttemptAt) : null,
    createdAt: hash.createdAt ?? '',
    endedAt: hash.endedAt ?? null,
    attempts,
  };
}
