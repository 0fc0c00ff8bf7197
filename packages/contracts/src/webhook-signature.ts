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

async function hmac(secret: string, text: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secretBytes(secret), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)));
}

function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
