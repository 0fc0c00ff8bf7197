import { type WebhookCheck, type WebhookPayload, type WebhookSecretView, webhookFault } from '@packshot/contracts';
import { PackshotError } from './errors';
import type { CallOptions, Transport } from './transport';

export interface WebhookCall {
  /** The body as it came: bytes or text, never what a parser made of it. */
  body: string | Uint8Array;
  /** Of a `Request`, or of Node's `request.headers`. */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `whsec_…`; several while one is being replaced. */
  secret: string | readonly string[];
}

/**
 * What a call says, when it is Packshot's (Standard Webhooks) and no older than five minutes.
 * @throws invalid_signature, with the reason
 */
export async function verifyWebhook(
  { body, headers, secret }: WebhookCall,
  check?: WebhookCheck,
): Promise<WebhookPayload> {
  const header = (name: string) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    if (typeof value === 'string') return value;
    throw new PackshotError('invalid_signature', `The header ${name} is missing.`);
  };
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const content = { id: header('webhook-id'), timestamp: Number(header('webhook-timestamp')), body: text };
  const fault = await webhookFault(secret, content, header('webhook-signature'), check);
  if (fault !== null) throw new PackshotError('invalid_signature', `The call is not to be believed: ${fault}.`);
  return JSON.parse(text) as WebhookPayload;
}

export class Webhooks {
  /** As the function `verifyWebhook`; it needs neither address nor key. */
  readonly verify = verifyWebhook;

  constructor(private readonly transport: Transport) {}

  /** The secret that signs what goes to the `webhook_url` of your jobs. */
  secret({ signal }: CallOptions = {}): Promise<WebhookSecretView> {
    return this.transport.json('/webhooks/secret', { signal });
  }
}
