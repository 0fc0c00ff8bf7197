/**
 * Standard Webhooks signatures (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, v1):
 * HMAC-SHA256 over `id.timestamp.body`, base64, prefixed `v1,`. One implementation for the server and for clients.
 */
const PREFIX = 'whsec_';

/** A new secret: `whsec_` and 32 random bytes in standard base64 (the specification asks for 24 to 64). */
export function newWebhookSecret(): string {
  return PREFIX + base64(crypto.getRandomValues(new Uint8Array(32)));
}

export function isWebhookSecret(value: string): boolean {
  try {
    const length = secretBytes(value).length;
    return length >= 24 && length <= 64;
  } catch {
    return false;
  }
}

/**
 * A tenant's own secret, from the one of the installation: HMAC-SHA256 with it over `packshot webhook secret: <tenant>`.
 * Who knows one tenant's secret learns neither the other tenants' nor the installation's.
 */
export async function deriveWebhookSecret(secret: string, tenant: string): Promise<string> {
  return PREFIX + base64(await hmac(secret, `packshot webhook secret: ${tenant}`));
}

export interface SignedContent {
  /** `webhook-id`: the same on every attempt. */
  id: string;
  /** `webhook-timestamp`: Unix seconds of this attempt. */
  timestamp: number;
  body: string;
}

/** The value of the `webhook-signature` header: a signature with each of the secrets, so that one can be replaced in peace. */
export async function signWebhook(
  secrets: string | readonly string[],
  { id, timestamp, body }: SignedContent,
): Promise<string> {
  const signatures = [secrets]
    .flat()
    .map(async (secret) => `v1,${base64(await hmac(secret, `${id}.${timestamp}.${body}`))}`);
  return (await Promise.all(signatures)).join(' ');
}

/** How old, or how far ahead, a call may be, in seconds: what the libraries of the specification allow. */
export const WEBHOOK_TOLERANCE_SECONDS = 300;

export interface WebhookCheck {
  toleranceSeconds?: number;
  /** Unix milliseconds. */
  now?: number;
}

/**
 * Why a call is not to be believed, or null when it is signed with one of the secrets and recent. `signature` is the value of the
 * `webhook-signature` header; signatures of other versions than v1 are passed over. Compares in constant time.
 */
export async function webhookFault(
  secrets: string | readonly string[],
  { id, timestamp, body }: SignedContent,
  signature: string,
  { toleranceSeconds = WEBHOOK_TOLERANCE_SECONDS, now = Date.now() }: WebhookCheck = {},
): Promise<string | null> {
  if (!Number.isInteger(timestamp)) return 'webhook-timestamp is not a number of seconds';
  const age = Math.floor(now / 1000) - timestamp;
  if (age > toleranceSeconds) return 'webhook-timestamp is too old';
  if (age < -toleranceSeconds) return 'webhook-timestamp is in the future';
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const given = signature.split(' ').filter((one) => one.startsWith('v1,'));
  for (const secret of [secrets].flat()) {
    const key = await hmacKey(secret);
    for (const one of given) {
      const bytes = bytesOf(one.slice(3));
      if (bytes !== null && (await crypto.subtle.verify('HMAC', key, bytes, content))) return null;
    }
  }
  return 'no signature in webhook-signature is ours';
}

async function hmac(secret: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(secret), new TextEncoder().encode(text)));
}

function hmacKey(secret: string) {
  return crypto.subtle.importKey('raw', secretBytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
}

/** Null when it is no base64: a stranger may have written it. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
