import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type DeliveryAttempt, signWebhook } from '@packshot/contracts';
import { guardedFetch } from '@packshot/service';

/** What is sent. */
export interface WebhookMessage {
  messageId: string;
  url: string;
  body: string;
  /** `traceparent` and `tracestate` */
  trace: string | null;
  traceState: string | null;
}

export interface DeliveryOptions {
  /** `whsec_…`, newest first; each of them signs. */
  secrets: readonly string[];
  /** ALLOW_PRIVATE_HOSTS */
  allowHosts: readonly string[];
  userAgent: string;
  /** Default 20 s, the middle of what Standard Webhooks suggests. */
  timeoutMs?: number;
}

export interface DeliveryOutcome {
  /**
   * `refused`: the address is not one we send to; `gone`: the receiver wants no more (410). Trying again changes neither.
   */
  kind: 'delivered' | 'refused' | 'gone' | 'failed';
  attempt: DeliveryAttempt;
  /** What the receiver asked for. */
  retryAfterMs: number | null;
}

const TIMEOUT_MS = 20_000;
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;
const KEPT_ANSWER_BYTES = 1024;
/** The status has told all that matters; what the receiver says beside it gets no more time than this. */
const ANSWER_MS = 1000;

/**
 * One attempt at a webhook, as Standard Webhooks says: same id and body every time, a timestamp and signatures of this
 * attempt, success is 2xx, a redirect is a failure, 410 ends it. Never throws.
 */
export async function deliverWebhook(
  { messageId, url, body, trace, traceState }: WebhookMessage,
  { secrets, allowHosts, userAgent, timeoutMs = TIMEOUT_MS }: DeliveryOptions,
): Promise<DeliveryOutcome> {
  const start = Date.now();
  const attempt = (facts: Pick<DeliveryAttempt, 'status' | 'error' | 'answer'>): DeliveryAttempt => ({
    at: new Date(start).toISOString(),
    duration_ms: Date.now() - start,
    ...facts,
  });
  try {
    const timestamp = Math.floor(start / 1000);
    const response = await guardedFetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': userAgent,
        'webhook-id': messageId,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': await signWebhook(secrets, { id: messageId, timestamp, body }),
        ...(trace !== null && { traceparent: trace }),
        ...(traceState !== null && { tracestate: traceState }),
      },
      body,
      maxBytes: Number.POSITIVE_INFINITY,
      timeoutMs,
      allowHosts,
    });
    const { status, headers } = response;
    const answer = await beginning(response.body);
    if (status >= 200 && status < 300) {
      return { kind: 'delivered', attempt: attempt({ status, error: null, answer }), retryAfterMs: null };
    }
    return {
      kind: status === 410 ? 'gone' : 'failed',
      attempt: attempt({ status, error: `The receiver answered ${status}.`, answer }),
      retryAfterMs: retryAfterMs(headers['retry-after']),
    };
  } catch (thrown) {
    const error = AppError.from(thrown);
    const refused = error.code === 'invalid_url' || error.code === 'url_not_allowed';
    return {
      kind: refused ? 'refused' : 'failed',
      attempt: attempt({ status: null, error: reason(error), answer: '' }),
      retryAfterMs: null,
    };
  }
}

/** Reads what is kept of an answer, and lets go of the rest: an answer nobody reads must not hold the connection. */
async function beginning(answer: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const read = async () => {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= KEPT_ANSWER_BYTES) return;
    }
  };
  const patience = new AbortController();
  // A body that is cut off changes nothing: the status was there.
  answer.on('error', () => {});
  await Promise.race([
    read().catch(() => {}),
    delay(ANSWER_MS, undefined, { signal: patience.signal }).catch(() => {}),
  ]);
  patience.abort();
  answer.destroy();
  // `stream` leaves out a character that was cut in two.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, KEPT_ANSWER_BYTES), { stream: true });
}

function reason({ code, message, cause }: AppError): string {
  if (code !== 'download_failed') return message;
  const system = (cause as { code?: unknown } | undefined)?.code;
  if (typeof system !== 'string') return 'The receiver did not answer.';
  if (system === 'ABORT_ERR') return 'The receiver took too long.';
  return `The receiver could not be reached (${system}).`;
}

/** `Retry-After` (RFC 9110, section 10.2.3) as milliseconds from now, at most a day; null when absent or malformed. */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms));
}
