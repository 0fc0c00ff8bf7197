import type { WebhookPayload } from '@packshot/contracts';

/** Standard Webhooks: payloads stay under 20 kB. */
const MAX_BODY_BYTES = 20_000;

/** The body of a webhook. One that would be too large has only the id and links of its job or item as `data`. */
export function payloadBody(payload: WebhookPayload): string {
  const whole = JSON.stringify(payload);
  if (Buffer.byteLength(whole) < MAX_BODY_BYTES || !('links' in payload.data)) return whole;
  const { id, links } = payload.data;
  const owner = 'job_id' in payload.data ? { job_id: payload.data.job_id } : {};
  return JSON.stringify({ ...payload, data: { id, ...owner, links } });
}
