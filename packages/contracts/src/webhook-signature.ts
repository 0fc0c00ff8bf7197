/**
 * Standard Webhooks signatures (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, v1):
 * HMAC-SHA256 over `id.timestamp.body`, base64, prefixed `v1,`. One implementation for the server and for clients.
 */
const PREFIX = 'whsec_';

/** A new secret: `whsec_` and 32 random bytes in standard base64 (the specification asks for 24 to 64). */
export function newWebhookSecret(): string {
  return PREFIX + btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}

export function isWebhookSecret(value: string): boolean {
  try {
    const length = secretBytes(value).length;
    return length >= 24 && length <= 64;
  } catch {
    return false;
  }
}

function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

export interface SignedContent {
  /** `webhook-id`: the same on every attempt. */
  id: string;
  /** `webhook-timestamp`: Unix seconds of this attempt. */
  timestamp: number;
  body: string;
}

/** The value of the `webhook-signature` header. */
export async function signWebhook(secret: string, { id, timestamp, body }: SignedContent): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secretBytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`;
}
