import {
  type EndpointView,
  JOB_END_EVENTS,
  MAX_ENDPOINTS,
  newWebhookSecret,
  type WebhookSecretView,
} from '@packshot/contracts';
import { getDelivery, getEndpoint as readEndpoint } from '@packshot/jobs';
import { startRedis, type TestRedis } from '@packshot/testing';
import { problem } from '../fixtures/client';
import { startApi, type TestApi } from '../fixtures/start-api';

const SECRETS = [newWebhookSecret(), newWebhookSecret()];
const HOOK = 'https://shop.example/hook';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url, { API_KEYS: 'k-default,shop=k-shop', WEBHOOK_SECRET: SECRETS.join(',') });
});
afterEach(() => api.close());

type Created = EndpointView & { secret: string };

const call = (method: string, path: string, body?: unknown, key = 'k-default') =>
  fetch(path.startsWith('http') ? path : api.url + path, {
    method,
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function make(fields: object = {}, key?: string): Promise<Created> {
  const response = await call('POST', '/webhooks/endpoints', { url: HOOK, ...fields }, key);
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as Created;
}

describe('an endpoint', () => {
  test('is made with a secret of its own, is told how jobs end, and never shows the secret in a list', async () => {
    const response = await call('POST', '/webhooks/endpoints', { url: HOOK, description: 'orders' });
    expect(response.status).toBe(201);
    const { secret, ...view } = (await response.json()) as Created;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(response.headers.get('location')).toBe(view.links.self);
    expect(view).toMatchObject({
      url: HOOK,
      description: 'orders',
      events: JOB_END_EVENTS,
      disabled: false,
      disabled_reason: null,
      circuit: { state: 'closed', failures: 0, retry_at: null },
    });
    expect(await (await call('GET', view.links.self)).json()).toEqual(view);
    expect(await (await call('GET', '/webhooks/endpoints')).json()).toEqual({ endpoints: [view] });
    expect(await (await call('GET', view.links.secret)).json()).toEqual({ secret, previous: [] });
    expect(JSON.stringify(api.log)).not.toContain(secret);
  });

  test('changes field by field, and can be disabled and enabled', async () => {
    const { links } = await make({ description: 'orders' });
    const moved = await call('PATCH', links.self, { url: `${HOOK}/2`, events: ['item.failed', 'item.failed'] });
    expect(await moved.json()).toMatchObject({ url: `${HOOK}/2`, events: ['item.failed'], description: 'orders' });
    const off = await call('PATCH', links.self, { disabled: true });
    expect(await off.json()).toMatchObject({ disabled: true, disabled_reason: 'manual', url: `${HOOK}/2` });
    expect((await problem(await call('POST', links.test))).code).toBe('conflict');
    const on = await call('PATCH', links.self, { disabled: false });
    expect(await on.json()).toMatchObject({ disabled: false, disabled_reason: null });
  });

  test('gets a new secret, beside which the old ones sign as long as each was given', async () => {
    const { secret: first, links } = await make();
    const rotate = async (body?: object) =>
      (await (await call('POST', links.rotate, body)).json()) as WebhookSecretView;
    const second = await rotate();
    expect(second.secret).not.toBe(first);
    expect(second.previous).toEqual([{ secret: first, valid_until: expect.any(String) }]);
    const third = await rotate({ grace_seconds: 0 });
    expect(third.previous.map(({ secret }) => secret)).toEqual([first]);
    expect(await (await call('GET', links.secret)).json()).toEqual(third);
  });

  test('is tested with a delivery that can be looked up', async () => {
    const { id, links } = await make();
    const response = await call('POST', links.test);
    expect(response.status).toBe(202);
    const delivery = (await response.json()) as { id: string; body: string };
    expect(delivery).toMatchObject({ type: 'webhook.test', endpoint: id, job: null, status: 'pending', url: HOOK });
    expect(JSON.parse(delivery.body)).toMatchObject({ type: 'webhook.test', data: { message: expect.any(String) } });
    expect(await (await call('GET', String(response.headers.get('location')))).json()).toEqual(delivery);
    const [message] = await api.deps.jobs.queues.webhooks.getWaiting();
    expect(message?.data).toEqual({ deliveryId: delivery.id });
    expect(await getDelivery(api.deps.jobs.store, delivery.id)).toMatchObject({ status: 'pending', tenant: 'default' });
  });

  test('is gone when it is deleted', async () => {
    const { id, links } = await make();
    expect((await call('DELETE', links.self)).status).toBe(204);
    expect(await readEndpoint(api.deps.jobs.store, id)).toBeNull();
    expect(await (await call('GET', '/webhooks/endpoints')).json()).toEqual({ endpoints: [] });
    for (const [method, url] of [
      ['GET', links.self],
      ['PATCH', links.self],
      ['DELETE', links.self],
      ['GET', links.secret],
      ['POST', links.rotate],
      ['POST', links.test],
    ] as const) {
      const response = await call(method, url, method === 'PATCH' ? { description: '' } : undefined);
      expect([response.status, (await problem(response)).code]).toEqual([404, 'not_found']);
    }
  });

  test('of another tenant does not exist', async () => {
    const { links } = await make({}, 'k-shop');
    expect(await (await call('GET', '/webhooks/endpoints')).json()).toEqual({ endpoints: [] });
    for (const url of [links.self, links.secret]) expect((await call('GET', url)).status).toBe(404);
    expect((await call('DELETE', links.self)).status).toBe(404);
    expect((await call('GET', links.self, undefined, 'k-shop')).status).toBe(200);
  });
});

describe('refuses', () => {
  test.each<[string, unknown, string, string]>([
    ['no URL', {}, 'invalid_request', '/url'],
    ['something else than a URL', { url: 'shop' }, 'invalid_url', '/url'],
    ['another scheme', { url: 'ftp://shop.example/' }, 'invalid_url', '/url'],
    ['a private address', { url: 'http://169.254.169.254/' }, 'url_not_allowed', '/url'],
    ['an event there is not', { url: HOOK, events: ['job.exploded'] }, 'invalid_request', '/events/0'],
    ['no event', { url: HOOK, events: [] }, 'invalid_request', '/events'],
    ['an unknown field', { url: HOOK, secret: 'mine' }, 'invalid_request', '/secret'],
  ])('%s, and makes nothing', async (_what, body, code, pointer) => {
    const response = await call('POST', '/webhooks/endpoints', body);
    const refusal = await problem(response);
    expect([refusal.code, refusal.errors?.[0]?.pointer]).toEqual([code, pointer]);
    expect(await (await call('GET', '/webhooks/endpoints')).json()).toEqual({ endpoints: [] });
  });

  test('a change to a private address, or to nothing at all', async () => {
    const { links } = await make();
    expect((await problem(await call('PATCH', links.self, { url: 'http://10.0.0.1/' }))).code).toBe('url_not_allowed');
    expect((await problem(await call('PATCH', links.self, {}))).code).toBe('invalid_request');
    expect(await (await call('GET', links.self)).json()).toMatchObject({ url: HOOK });
  });

  test(`more than ${MAX_ENDPOINTS} of a tenant, also when they are made at once`, async () => {
    const responses = await Promise.all(
      Array.from({ length: MAX_ENDPOINTS + 5 }, () => call('POST', '/webhooks/endpoints', { url: HOOK })),
    );
    const refused = responses.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(5);
    for (const response of refused) expect((await problem(response)).code).toBe('limit_reached');
    expect((await make({}, 'k-shop')).url).toBe(HOOK);
  });
});

describe('the secret for the URLs of jobs', () => {
  test('is that of the settings for the tenant of the settings, with the older ones', async () => {
    const [newest, older] = SECRETS;
    expect(await (await call('GET', '/webhooks/secret')).json()).toEqual({
      secret: newest,
      previous: [{ secret: older, valid_until: null }],
    });
  });

  test('is another for every other tenant', async () => {
    const view = (await (await call('GET', '/webhooks/secret', undefined, 'k-shop')).json()) as WebhookSecretView;
    expect(view.secret).toMatch(/^whsec_/);
    expect(SECRETS).not.toContain(view.secret);
    expect(view.previous).toHaveLength(1);
  });

  test('is a conflict where there is none', async () => {
    const without = await startApi(redis.url);
    try {
      const response = await fetch(`${without.url}/webhooks/secret`);
      expect([response.status, (await problem(response)).code]).toEqual([409, 'conflict']);
    } finally {
      await without.close();
    }
  });
});
