import {
  admitDelivery,
  CIRCUIT_RULES,
  type CircuitRules,
  type DeliveryRecord,
  deliveryMessageId,
  disableGoneEndpoint,
  type EndpointRecord,
  getDelivery,
  getEndpoint,
  hostOf,
  type JobStore,
  QUEUES,
  type Settlement,
  secretsInForce,
  settleCircuit,
  settleDelivery,
  tenantSecrets,
  WEBHOOK_ATTEMPTS,
  webhookBackoffMs,
} from '@packshot/jobs';
import { type Logger, traceIdOf } from '@packshot/service';
import { DelayedError, type Job, Worker, type WorkerOptions } from 'bullmq';
import { type DeliveryOptions, type DeliveryOutcome, deliverWebhook } from './deliver-webhook';
import { HostSlots } from './host-slots';

/** What became of a delivery that was taken up: `retried` and `failed` are attempts that failed, the second the last one. */
export type WebhookOutcome = 'delivered' | 'retried' | 'failed' | 'refused' | 'disabled';

export interface WebhookConsumerOptions extends DeliveryOptions {
  store: JobStore;
  connection: WorkerOptions['connection'];
  lockMs: number;
  stalledIntervalMs: number;
  /** WEBHOOK_SECRET, newest first. Empty: what is for the `webhook_url` of a job waits for a worker that has it. */
  secrets: readonly string[];
  logger: Logger;
  /** For metrics: every attempt, with how long it took. */
  onOutcome?: (outcome: WebhookOutcome, seconds: number) => void;
  /** Wait before the next attempt in milliseconds, by the number of failed ones. Default: Standard Webhooks' schedule. */
  backoffMs?: (tries: number) => number;
  circuit?: CircuitRules;
}

/** Deliveries wait for other people's servers, so many may be under way; a quarter of them to one host. */
const CONCURRENCY = 16;
const PER_HOST = CONCURRENCY / 4;
const MOST_STALLS = 1_000_000;
const RECONNECT_DELAY_MS = 1000;
const NO_SECRET_WAIT_MS = 60_000;
const THROTTLED = [429, 502, 503, 504];

/** Where a delivery goes, and what signs it. */
interface Target {
  endpoint: EndpointRecord | null;
  url: string;
  secrets: readonly string[];
}

/**
 * Delivers webhooks: takes up each delivery when its time has come, makes one attempt, and notes what is next, until it
 * arrives, is refused, or the schedule ends. A host that fails again and again is left alone for a while (its circuit), and
 * none gets more than its share of the slots; a delivery that has to wait for either loses no attempt.
 */
export function consumeWebhooks(options: WebhookConsumerOptions): { close(): Promise<void> } {
  const { store, logger, backoffMs = webhookBackoffMs, circuit = CIRCUIT_RULES, onOutcome } = options;
  const slots = new HostSlots(PER_HOST);
  let warnedAt = 0;

  /** When to look at the delivery again, in ms; null when that is not needed. */
  async function look(delivery: DeliveryRecord): Promise<number | null> {
    const early = (delivery.nextAttemptAt ?? 0) - Date.now();
    if (early > 0) return early;
    const target = await targetOf(delivery);
    if (target === null) {
      await settle(delivery, { status: 'disabled' });
      return null;
    }
    if (target.secrets.length === 0) {
      if (Date.now() - warnedAt > NO_SECRET_WAIT_MS) {
        warnedAt = Date.now();
        logger.warn('webhooks to URLs of jobs wait: this worker has no WEBHOOK_SECRET to sign them with');
      }
      return putOff(delivery, NO_SECRET_WAIT_MS);
    }
    const slot = slots.take(hostOf(target.url));
    if ('waitMs' in slot) return slot.waitMs;
    let heldMs: number | undefined;
    try {
      const admission = await admitDelivery(store, delivery.tenant, target.url, circuit);
      // Not all at once, when the circuit closes.
      if (!admission.go) return await putOff(delivery, admission.waitMs * (1 + Math.random()));
      const start = Date.now();
      const waitMs = await attempt(delivery, target, admission.probe);
      heldMs = Date.now() - start;
      return waitMs;
    } finally {
      slot.release(heldMs);
    }
  }

  async function attempt(delivery: DeliveryRecord, target: Target, probe: boolean): Promise<number | null> {
    const { url, secrets } = target;
    const outcome = await deliverWebhook({ ...delivery, url }, { ...options, secrets });
    const host = hostState(outcome);
    if (host) await settleCircuit(store, { tenant: delivery.tenant, url, probe }, host, circuit);
    const tries = delivery.tries + 1;
    const next = await nextOf(outcome, target, tries);
    await settle(delivery, { ...next, attempt: outcome.attempt, url });
    const { status, error, duration_ms } = outcome.attempt;
    const word = next.status === 'pending' ? 'retried' : next.status;
    onOutcome?.(word, duration_ms / 1000);
    logger.log(word === 'delivered' ? 'info' : 'warn', `webhook ${word}`, {
      ...factsOf(delivery),
      tries,
      status,
      error,
    });
    return next.status === 'pending' ? next.nextAttemptAt - Date.now() : null;
  }

  async function nextOf(
    { kind, retryAfterMs }: DeliveryOutcome,
    { endpoint }: Target,
    tries: number,
  ): Promise<Settlement> {
    if (kind === 'delivered' || kind === 'refused') return { status: kind };
    if (kind === 'gone') {
      if (endpoint === null) return { status: 'refused' };
      await disableGoneEndpoint(store, endpoint);
      return { status: 'disabled' };
    }
    if (tries >= WEBHOOK_ATTEMPTS) return { status: 'failed' };
    // The receiver may ask for more patience than the schedule has, not for less.
    return { status: 'pending', nextAttemptAt: Date.now() + Math.max(backoffMs(tries), retryAfterMs ?? 0) };
  }

  async function targetOf(delivery: DeliveryRecord): Promise<Target | null> {
    if (delivery.endpointId === null) {
      const secrets = await tenantSecrets(options.secrets, delivery.tenant);
      return { endpoint: null, url: delivery.url, secrets };
    }
    const endpoint = await getEndpoint(store, delivery.endpointId);
    if (!endpoint || endpoint.disabled) return null;
    return { endpoint, url: endpoint.url, secrets: secretsInForce(endpoint).map(({ secret }) => secret) };
  }

  async function putOff(delivery: DeliveryRecord, waitMs: number): Promise<number> {
    await settle(delivery, { status: 'pending', nextAttemptAt: Math.ceil(Date.now() + waitMs) });
    return waitMs;
  }

  async function settle(delivery: DeliveryRecord, settlement: Settlement): Promise<void> {
    if (await settleDelivery(store, delivery, settlement)) return;
    logger.warn('a webhook delivery was changed by somebody else meanwhile', factsOf(delivery));
  }

  async function handle(job: Job, token?: string): Promise<void> {
    const { deliveryId } = QUEUES.webhooks.payload.parse(job.data);
    const delivery = await getDelivery(store, deliveryId);
    // Delivered already, or this is the message of an earlier series.
    if (delivery?.status !== 'pending' || job.id !== deliveryMessageId(delivery)) return;
    const waitMs = await look(delivery);
    if (waitMs === null) return;
    await job.moveToDelayed(Math.ceil(Date.now() + waitMs), token);
    throw new DelayedError();
  }

  const worker = new Worker(QUEUES.webhooks.name, handle, {
    connection: options.connection,
    prefix: store.keys.bullPrefix,
    concurrency: CONCURRENCY,
    lockDuration: options.lockMs,
    stalledInterval: options.stalledIntervalMs,
    maxStalledCount: MOST_STALLS,
    runRetryDelay: RECONNECT_DELAY_MS,
    // Only what goes wrong on our side: a receiver's failure is put off, not thrown.
    settings: { backoffStrategy: (attemptsMade) => Math.min(60_000, 1000 * 2 ** (attemptsMade - 1)) },
  });
  worker.on('error', (error) => logger.warn('webhook queue', { error }));
  return { close: () => worker.close() };
}

/** How the host behaved: what it answers is the receiver's affair unless it says that it cannot serve. Null: not asked. */
function hostState({ kind, attempt, retryAfterMs }: DeliveryOutcome): Parameters<typeof settleCircuit>[2] | null {
  const { status } = attempt;
  if (kind === 'refused') return null;
  if (status !== null && status < 500 && status !== 429) return { alive: true };
  return { alive: false, askedMs: (status !== null && THROTTLED.includes(status) && retryAfterMs) || 0 };
}

/** For the log. Not the URL: its path and query may be secrets. */
function factsOf(delivery: DeliveryRecord) {
  return {
    delivery: delivery.id,
    message_id: delivery.messageId,
    job: delivery.jobId,
    endpoint: delivery.endpointId,
    host: hostOf(delivery.url),
    trace_id: traceIdOf(delivery.trace),
  };
}
