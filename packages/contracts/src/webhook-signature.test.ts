import { Webhook } from 'standardwebhooks';
import { deriveWebhookSecret, isWebhookSecret, newWebhookSecret, signWebhook } from './webhook-signature';

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
