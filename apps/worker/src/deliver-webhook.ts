import { AppError, signWebhook } from '@packshot/contracts';
import type { WebhookMessage } from '@packshot/jobs';
import { guardedFetch } from '@packshot/service';

export interface DeliveryOptions {
  /** `whsec_…` */
  secret: string;
  /** ALLOW_PRIVATE_HOSTS */
  allowHosts: readonly string[];
  /** Default 20 s, the middle of what Standard Webhooks suggests. */
  timeoutMs?: number;
}

export type DeliveryOutcome =
  | { kind: 'delivered'; status: number }
  /** The receiver wants no more (410), or its address is not one we send to: trying again changes nothing. */
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string; retryAfterMs: number | null };

const TIMEOUT_MS = 20_000;
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;
const MOST_ANSWER_BYTES = 65_536;

/**
 * One attempt at a webhook, as Standard Webhooks says: same id and body every time, a timestamp and signature of this
 * attempt, success is 2xx, a redirect is a failure, 410 ends it. Never throws.
 */
export async function deliverWebhook(
  { messageId, url, body }: WebhookMessage,
  { secret, allowHosts, timeoutMs = TIMEOUT_MS }: DeliveryOptions,
): Promise<DeliveryOutcome> {
  try {
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = await signWebhook(secret, { id: messageId, timestamp, body });
    const {
      status,
      headers,
      body: answer,
    } = await guardedFetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'webhook-id': messageId,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      },
      body,
      maxBytes: MOST_ANSWER_BYTES,
      timeoutMs,
      allowHosts,
    });
    // The status says it all, and an answer that is not read must not hold the connection.
    answer.on('error', () => {});
    answer.destroy();
    if (status >= 200 && status < 300) return { kind: 'delivered', status };
    if (status === 410) return { kind: 'refused', reason: 'the receiver answered 410' };
    return {
      kind: 'failed',
      reason: `the receiver answered ${status}`,
      retryAfterMs: retryAfterMs(headers['retry-after']),
    };
  } catch (error) {
    const { code, message } = AppError.from(error);
    if (code === 'invalid_url' || code === 'url_not_allowed') return { kind: 'refused', reason: `${code}: ${message}` };
    return { kind: 'failed', reason: `${code}: ${message}`, retryAfterMs: null };
  }
}

/** `Retry-After` (RFC 9110, section 10.2.3) as milliseconds from now, at most a day; null when absent or malformed. */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms));
}
