import { Webhook } from 'standardwebhooks';
import { deriveWebhookSecret, isWebhookSecret, newWebhookSecret, signWebhook, webhookFault } from './webhook-signature';

const content = { id: 'msg_1', timestamp: Math.floor(Date.now() / 1000), body: '{"type":"job.succeeded","ä":1}' };

async function verifies(secret: string, signers: string | readonly string[], body = content.body): Promise<boolean> {
  const headers = {
    'webhook-id': content.id,
    'webhook-timestamp': String(content.timestamp),
    'webhook-signature': await signWebhook(signers, content),
  };
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

describe('a signature', () => {
  it('is accepted by the reference library for these bytes, and for no others', async () => {
    const secret = newWebhookSecret();
    expect(await verifies(secret, secret)).toBe(true);
    expect(await verifies(secret, secret, `${content.body} `)).toBe(false);
    expect(await verifies(newWebhookSecret(), secret)).toBe(false);
  });

  it('of several secrets is accepted by receivers that know any one of them', async () => {
    const [a, b, c] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
    expect(await signWebhook([a, b], content)).toMatch(/^v1,\S+ v1,\S+$/);
    expect([await verifies(a, [a, b]), await verifies(b, [a, b]), await verifies(c, [a, b])]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("a tenant's secret", () => {
  const secret = newWebhookSecret();

  it('is always the same, a usable one, and tells nothing of the others', async () => {
    const shop = await deriveWebhookSecret(secret, 'shop');
    expect(await deriveWebhookSecret(secret, 'shop')).toBe(shop);
    expect(isWebhookSecret(shop)).toBe(true);
    const others = [
      secret,
      await deriveWebhookSecret(secret, 'shop2'),
      await deriveWebhookSecret(newWebhookSecret(), 'shop'),
    ];
    for (const other of others) expect([other === shop, await verifies(other, shop)]).toEqual([false, false]);
    expect(await verifies(shop, shop)).toBe(true);
  });
});

describe('checking a call', () => {
  const secret = newWebhookSecret();
  const now = content.timestamp * 1000;

  it('believes what the reference library signs, with the old secret or the new one', async () => {
    const signature = new Webhook(secret).sign(content.id, new Date(now), content.body);
    expect(await webhookFault(secret, content, signature)).toBeNull();
    expect(await webhookFault([newWebhookSecret(), secret], content, `v1a,AAAA ${signature}`)).toBeNull();
  });

  it('believes no other bytes, id, secret or scheme, and nothing that is no signature at all', async () => {
    const signature = await signWebhook(secret, content);
    const strangers = [
      webhookFault(secret, { ...content, body: `${content.body} ` }, signature),
      webhookFault(secret, { ...content, id: 'msg_2' }, signature),
      webhookFault(newWebhookSecret(), content, signature),
      webhookFault(secret, content, signature.replace('v1,', 'v2,')),
      webhookFault(secret, content, 'v1,%%% v1, nonsense'),
      webhookFault(secret, content, ''),
    ];
    expect(new Set(await Promise.all(strangers))).toEqual(new Set(['no signature in webhook-signature is ours']));
  });

  it('believes nothing older, or further ahead, than five minutes', async () => {
    const signature = await signWebhook(secret, content);
    const at = (seconds: number) => webhookFault(secret, content, signature, { now: now + seconds * 1000 });
    expect(await Promise.all([at(300), at(-300)])).toEqual([null, null]);
    expect(await Promise.all([at(301), at(-301)])).toEqual([
      'webhook-timestamp is too old',
      'webhook-timestamp is in the future',
    ]);
    expect(await webhookFault(secret, { ...content, timestamp: Number.NaN }, signature)).toMatch(/not a number/);
  });
});
