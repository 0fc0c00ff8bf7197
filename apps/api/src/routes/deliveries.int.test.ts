import { type DeliverySummary, type DeliveryView, newId } from '@packshot/contracts';
import { createDelivery, createEndpoint, getDelivery, type NewDelivery, settleDelivery } from '@packshot/jobs';
import { startRedis, type TestRedis } from '@packshot/testing';
import { problem } from '../fixtures/client';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url, { API_KEYS: 'k-default,shop=k-shop' });
});
afterEach(() => api.close());

const call = (method: string, path: string, key = 'k-default') =>
  fetch(path.startsWith('http') ? path : api.url + path, { method, headers: { 'x-api-key': key } });

async function make(more: Partial<NewDelivery> = {}): Promise<string> {
  const { id } = await createDelivery(api.deps.jobs.store, {
    tenant: 'default',
    messageId: newId('msg'),
    type: 'job.succeeded',
    jobId: newId('job'),
    endpointId: null,
    url: 'https://shop.example/hook?token=t',
    body: '{"type":"job.succeeded"}',
    trace: null,
    traceState: null,
    createdAt: new Date().toISOString(),
    ...more,
  });
  return id;
}

async function end(id: string, status: 'delivered' | 'failed' | 'refused' | 'disabled'): Promise<void> {
  const { store } = api.deps.jobs;
  const delivery = await getDelivery(store, id);
  if (!delivery) throw new Error('there is no delivery');
  const attempt = {
    at: new Date().toISOString(),
    status: 500,
    error: 'The receiver answered 500.',
    duration_ms: 3,
    answer: 'no',
  };
  await settleDelivery(store, delivery, { status, attempt });
}

interface Page {
  deliveries: DeliverySummary[];
  next: string | null;
}
const page = async (query: string, key?: string) =>
  (await (await call('GET', query.startsWith('http') ? query : `/webhooks/deliveries${query}`, key)).json()) as Page;

describe('the list of deliveries', () => {
  test('has the newest first, page by page, and nothing twice while others come in', async () => {
    const made: string[] = [];
    const now = Date.now();
    // Two of each millisecond.
    for (let i = 0; i < 10; i++) made.push(await make({ createdAt: new Date(now + Math.floor(i / 2)).toISOString() }));
    const seen: string[] = [];
    let next: string | null = '?limit=3';
    for (let pages = 0; next !== null && pages < 10; pages++) {
      const { deliveries, next: following } = await page(next);
      seen.push(...deliveries.map(({ id }) => id));
      await make({ createdAt: new Date(now + 1000 + pages).toISOString() });
      next = following;
    }
    expect(seen).toEqual([...made].sort().reverse());
  });

  test('goes on behind a delivery that is forgotten by now', async () => {
    const now = Date.now();
    const made: string[] = [];
    for (let i = 0; i < 4; i++) made.push(await make({ createdAt: new Date(now + i).toISOString() }));
    const { redis: client, keys } = api.deps.jobs.store;
    await client.zrem(keys.deliveriesOf('default'), made[2] ?? '');
    expect((await page(`?cursor=${made[2]}`)).deliveries.map(({ id }) => id)).toEqual([made[1], made[0]]);
  });

  test('is filtered by job, endpoint and status', async () => {
    const job = newId('job');
    const endpoint = newId('ep');
    const [a, b, c] = [await make({ jobId: job }), await make({ jobId: job, endpointId: endpoint }), await make()];
    await end(b, 'failed');
    const ids = async (query: string) => (await page(query)).deliveries.map(({ id }) => id).sort();
    expect(await ids(`?job=${job}`)).toEqual([a, b].sort());
    expect(await ids(`?endpoint=${endpoint}`)).toEqual([b]);
    expect(await ids('?status=pending')).toEqual([a, c].sort());
    expect(await ids(`?job=${job}&status=failed`)).toEqual([b]);
    expect(await ids('?status=delivered')).toEqual([]);
  });

  test('has none of another tenant', async () => {
    const id = await make({ tenant: 'shop' });
    expect((await page('')).deliveries).toEqual([]);
    expect((await page('', 'k-shop')).deliveries).toMatchObject([{ id }]);
  });

  test.each(['?status=lost', '?limit=0', '?limit=101', '?cursor=dlv_1', '?job=x', '?colour=red'])(
    'refuses %s',
    async (query) => {
      const response = await call('GET', `/webhooks/deliveries${query}`);
      expect([response.status, (await problem(response)).code]).toEqual([400, 'invalid_request']);
    },
  );
});

describe('a delivery', () => {
  test('shows what was sent and how each attempt went', async () => {
    const id = await make();
    await end(id, 'failed');
    const view = (await (await call('GET', `/webhooks/deliveries/${id}`)).json()) as DeliveryView;
    expect(view).toMatchObject({
      id,
      status: 'failed',
      attempt_count: 1,
      next_attempt_at: null,
      body: '{"type":"job.succeeded"}',
      attempts: [{ status: 500, error: 'The receiver answered 500.', answer: 'no' }],
    });
    expect(view.ended_at).not.toBeNull();
    expect(JSON.stringify(api.log)).not.toContain('token=t');
  });

  test('is not there for another tenant, nor when it never was', async () => {
    const id = await make({ tenant: 'shop' });
    for (const path of [id, newId('dlv'), 'nonsense']) {
      expect((await call('GET', `/webhooks/deliveries/${path}`)).status).toBe(404);
      expect((await call('POST', `/webhooks/deliveries/${path}/redeliver`)).status).toBe(404);
    }
  });
});

describe('a redelivery', () => {
  test.each(['delivered', 'failed', 'refused', 'disabled'] as const)(
    'of one that is %s puts it under way again, with the same message id',
    async (status) => {
      const id = await make();
      const before = await getDelivery(api.deps.jobs.store, id);
      await end(id, status);
      const response = await call('POST', `/webhooks/deliveries/${id}/redeliver`);
      expect(response.status).toBe(202);
      expect(await response.json()).toMatchObject({
        id,
        status: 'pending',
        message_id: before?.messageId,
        ended_at: null,
      });
      const [message] = await api.deps.jobs.queues.webhooks.getWaiting();
      expect([message?.id, message?.data]).toEqual([`${id}.2`, { deliveryId: id }]);
    },
  );

  test('of one that is under way is a conflict', async () => {
    const id = await make();
    const response = await call('POST', `/webhooks/deliveries/${id}/redeliver`);
    expect([response.status, (await problem(response)).code]).toEqual([409, 'conflict']);
  });

  test('to an endpoint that is disabled or deleted is a conflict, and changes nothing', async () => {
    const { store } = api.deps.jobs;
    const url = 'https://shop.example/';
    const disabled = await createEndpoint(store, 'default', {
      url,
      events: ['job.failed'],
      description: '',
      disabled: true,
    });
    for (const endpointId of [disabled.id, newId('ep')]) {
      const id = await make({ endpointId });
      await end(id, 'disabled');
      const response = await call('POST', `/webhooks/deliveries/${id}/redeliver`);
      expect([response.status, (await problem(response)).code]).toEqual([409, 'conflict']);
      expect(await getDelivery(store, id)).toMatchObject({ status: 'disabled', series: 1 });
    }
  });
});
