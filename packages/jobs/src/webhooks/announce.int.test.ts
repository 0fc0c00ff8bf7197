import { AppError, isId, type WebhookEvent, webhookPayloadSchema } from '@packshot/contracts';
import { jobsForEachTest, makeJob } from '../fixtures/make-job';
import type { NewJob } from '../job-store';
import { sendUnsent } from '../outbox';
import type { Queues } from '../queue';
import type { JobRecord } from '../records';
import { tend } from '../tend';
import { transition } from '../transition';
import type { FileLinks } from '../views';
import { redeliver } from './announce';
import {
  createDelivery,
  type DeliveryRecord,
  deliveryId,
  getDelivery,
  type NewDelivery,
  settleDelivery,
} from './deliveries';
import { changeEndpoint, createEndpoint, removeEndpoint, wantsItemEvents } from './endpoints';
import { listDeliveries } from './list-deliveries';

const URL = 'https://shop.test/hook?token=1';
const links: FileLinks = {
  urlOf: async ({ key }, _name, base) => ({ url: `${base}/${key}`, expires_at: new Date(0).toISOString() }),
};

const held = jobsForEachTest();

const send = (queues: Queues = held.jobs.queues) => sendUnsent(held.jobs.store, queues, links);
const deliveries = async (): Promise<DeliveryRecord[]> => {
  const { deliveries } = await listDeliveries(held.jobs.store, 'shop', { limit: 100 });
  return Promise.all(deliveries.map(({ id }) => record(id)));
};
async function record(id: string): Promise<DeliveryRecord> {
  const delivery = await getDelivery(held.jobs.store, id);
  if (!delivery) throw new Error('the delivery is gone');
  return delivery;
}
const messages = async () => (await held.jobs.queues.webhooks.getWaiting()).map(({ data }) => data.deliveryId);
const notes = () => held.jobs.store.redis.hgetall(held.jobs.store.keys.unsent);

/** A job whose items have all ended well; what is to be told of it is in the outbox. */
async function endedJob(more: Partial<NewJob> & { customIds?: string[] } = {}): Promise<JobRecord> {
  const { store } = held.jobs;
  const job = await makeJob(held.jobs, { webhookUrl: URL, ...more });
  for (const item of await store.listItems(job.id, 0, 100)) {
    await transition(store, item, 'start');
    await transition(store, item, 'succeed');
  }
  return job;
}

const endpoint = (events: WebhookEvent[]) =>
  createEndpoint(held.jobs.store, 'shop', { url: 'https://shop.test/all', events, description: '', disabled: false });

describe('what a note in the outbox becomes', () => {
  it('is one delivery for each receiver that wants it, in a form that the contract describes', async () => {
    const ends = await endpoint(['job.succeeded', 'item.succeeded']);
    await endpoint(['job.failed']);
    const disabled = await endpoint(['job.succeeded']);
    await changeEndpoint(held.jobs.store, disabled, { disabled: true });
    await removeEndpoint(held.jobs.store, await endpoint(['job.succeeded']));
    const job = await endedJob({ itemEvents: await wantsItemEvents(held.jobs.store, 'shop'), customIds: ['a', 'b'] });
    await send();
    const all = await deliveries();
    const told = all.map(
      ({ endpointId, type }) => `${endpointId === null ? 'job' : endpointId === ends.id ? 'ends' : '?'} ${type}`,
    );
    expect(told.sort()).toEqual([
      'ends item.succeeded',
      'ends item.succeeded',
      'ends job.succeeded',
      'job job.succeeded',
    ]);
    for (const { body, type } of all) expect(webhookPayloadSchema.parse(JSON.parse(body)).type).toBe(type);
    const ofJob = all.filter(({ type }) => type === 'job.succeeded');
    expect(new Set(ofJob.map(({ messageId }) => messageId))).toEqual(new Set([`msg_${job.id.slice(4)}_1`]));
    expect(await notes()).toEqual({});
  });

  it('is thin when it would pass 20 kB: the id and the links', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key${i}`, 'x'.repeat(1000)]));
    const job = await endedJob({ metadata });
    await send();
    const [delivery] = await deliveries();
    const payload = JSON.parse(delivery?.body ?? '');
    expect(payload).toEqual({
      type: 'job.succeeded',
      timestamp: expect.any(String),
      data: { id: job.id, links: expect.objectContaining({ self: `http://shop.test/jobs/${job.id}` }) },
    });
    expect(() => webhookPayloadSchema.parse(payload)).not.toThrow();
  });

  it('is nothing for a job that nobody wants to hear of', async () => {
    await endedJob({ webhookUrl: null });
    await send();
    expect([await deliveries(), await messages(), await notes()]).toEqual([[], [], {}]);
  });

  it('wants the ends of items noted only while an endpoint asks for them', async () => {
    const wanted = () => wantsItemEvents(held.jobs.store, 'shop');
    expect(await wanted()).toBe(false);
    const items = await endpoint(['item.failed']);
    expect(await wanted()).toBe(true);
    expect(await wantsItemEvents(held.jobs.store, 'rival')).toBe(false);
    await changeEndpoint(held.jobs.store, items, { disabled: true });
    expect(await wanted()).toBe(false);
  });
});

/** Queues that a process dies at. */
function dying(): Queues {
  const queues: Queues = Object.create(held.jobs.queues);
  queues.addDelivery = async () => {
    throw new AppError('backend_unavailable');
  };
  return queues;
}

describe('a process that dies', () => {
  it('before the delivery was queued leaves the note, and the next queues it, once', async () => {
    await endedJob();
    await expect(send(dying())).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect([(await deliveries()).length, await messages()]).toEqual([1, []]);
    expect(Object.keys(await notes())).toContainEqual(expect.stringMatching(/_1$/));
    await send();
    await send();
    expect(await messages()).toEqual((await deliveries()).map(({ id }) => id));
    expect(await messages()).toHaveLength(1);
  });

  it('before the note was taken out does not have it sent again, delivered or not', async () => {
    await endedJob();
    const before = await notes();
    await send();
    const again = async () => {
      await held.jobs.store.redis.hset(held.jobs.store.keys.unsent, before);
      await send();
    };
    await again();
    expect(await messages()).toHaveLength(1);
    const [delivery] = await deliveries();
    if (!delivery) throw new Error('no delivery');
    await settleDelivery(held.jobs.store, delivery, { status: 'delivered' });
    await held.jobs.queues.webhooks.drain();
    await again();
    expect(await messages()).toEqual([]);
    expect(await deliveries()).toMatchObject([{ status: 'delivered', series: 1 }]);
  });

  it('is not waited for: several at once send each message once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => endedJob()));
    const counts = await Promise.all(Array.from({ length: 6 }, () => send()));
    // Each job is noted when it starts and when it ends.
    expect(counts.reduce((sum, count) => sum + count)).toBe(10);
    expect((await messages()).sort()).toEqual((await deliveries()).map(({ id }) => id).sort());
    expect(await messages()).toHaveLength(5);
  });

  it('over one note keeps no other from being sent', async () => {
    await held.jobs.store.redis.hset(held.jobs.store.keys.unsent, { msg_bad: 'not JSON' });
    await endedJob();
    await expect(send()).rejects.toThrow(SyntaxError);
    expect(await messages()).toHaveLength(1);
    expect(Object.keys(await notes())).toEqual(['msg_bad']);
  });
});

describe('tending', () => {
  const round = (now?: number) => tend(held.jobs.store, held.jobs.queues, links, now === undefined ? {} : { now });

  it('queues a delivery that has lost its message, and no other', async () => {
    await endedJob();
    await send();
    const later = Date.now() + 61_000;
    await held.jobs.queues.webhooks.drain();
    expect(await round()).toMatchObject({ deliveries_requeued: 0 });
    expect(await messages()).toEqual([]);
    await round(later);
    expect(await messages()).toHaveLength(1);
    await round(later + 61_000);
    expect(await messages()).toHaveLength(1);
  });

  it('forgets deliveries some time after they ended, and none before', async () => {
    const { store } = held.jobs;
    await endedJob();
    await endedJob();
    await send();
    const [first, second] = await deliveries();
    if (!first || !second) throw new Error('no deliveries');
    await held.jobs.queues.webhooks.drain();
    await settleDelivery(store, first, { status: 'failed' });
    const week = 7 * 24 * 3_600_000;
    expect(await round(Date.now() + store.webhookLogMs - 60_000)).toMatchObject({ deliveries_forgotten: 0 });
    expect(await round(Date.now() + week)).toMatchObject({ deliveries_forgotten: 1 });
    expect((await deliveries()).map(({ id }) => id)).toEqual([second.id]);
    expect(await store.redis.keys(`*${first.id}*`)).toEqual([]);
  });
});

describe('a delivery', () => {
  const attempt = { at: new Date().toISOString(), duration_ms: 1, status: 500, error: 'no', answer: '' };

  it('counts an attempt once although its note is sent twice, as by a connection that breaks before the answer', async () => {
    const { store } = held.jobs;
    await endedJob();
    await send();
    const [delivery] = await deliveries();
    if (!delivery) throw new Error('no delivery');
    const put = () => settleDelivery(store, delivery, { status: 'pending', nextAttemptAt: 1, attempt });
    expect([await put(), await put()]).toEqual([true, false]);
    expect(await record(delivery.id)).toMatchObject({ tries: 1, attemptCount: 1, attempts: [attempt] });
    // A worker that was slower knows better: it arrived.
    expect(await settleDelivery(store, delivery, { status: 'delivered', attempt })).toBe(true);
    expect(await record(delivery.id)).toMatchObject({ status: 'delivered', attemptCount: 2 });
  });

  it('is not forgotten when it was begun anew a moment before', async () => {
    const { store, queues } = held.jobs;
    await endedJob();
    await send();
    const [delivery] = await deliveries();
    if (!delivery) throw new Error('no delivery');
    await settleDelivery(store, delivery, { status: 'failed', attempt });
    const { redis } = store;
    const original = redis.hget.bind(redis);
    const hget = jest.spyOn(redis, 'hget').mockImplementation(async (key, field) => {
      if (field === 'tenant') {
        hget.mockRestore();
        await redeliver(store, queues, await record(delivery.id));
      }
      return original(key, field);
    });
    await tend(store, queues, links, { now: Date.now() + 7 * 24 * 3_600_000 });
    expect(await record(delivery.id)).toMatchObject({ status: 'pending', series: 2 });
    expect(await deliveries()).toHaveLength(1);
  });
});

describe('the id of a delivery', () => {
  const message: NewDelivery = {
    tenant: 'shop',
    messageId: 'msg_1',
    type: 'job.failed',
    jobId: null,
    endpointId: null,
    url: URL,
    body: '',
    trace: null,
    traceState: null,
    createdAt: new Date().toISOString(),
  };

  it('follows from message and receiver, and is an id like any other', () => {
    const ids = new Set([
      deliveryId(message),
      deliveryId({ ...message, body: 'another' }),
      deliveryId({ ...message, messageId: 'msg_2' }),
      deliveryId({ ...message, endpointId: 'ep_1' }),
      deliveryId({ ...message, endpointId: 'ep_1', url: 'https://moved.test/' }),
    ]);
    expect(ids.size).toBe(3);
    for (const id of ids) expect(isId('dlv', id)).toBe(true);
  });

  it('lets one of many that make it at once have made it', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, i) => createDelivery(held.jobs.store, { ...message, body: `${i}` })),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await deliveries()).toHaveLength(1);
  });
});
