import { newId } from '@packshot/contracts';
import { jobsForEachTest, makeJob } from './fixtures/make-job';
import type { NewJob } from './job-store';
import type { ItemRecord, JobRecord } from './records';
import { tend } from './tend';
import { transition } from './transition';
import { listDeliveries } from './webhooks/list-deliveries';

const held = jobsForEachTest();
const links = { urlOf: async () => ({ url: '', expires_at: '' }) };

async function oneItem(more: Partial<NewJob> & { at?: number } = {}): Promise<{ job: JobRecord; item: ItemRecord }> {
  const job = await makeJob(held.jobs, more);
  const [item] = await held.jobs.store.listItems(job.id, 0, 1);
  if (!item) throw new Error('the job has no item');
  return { job, item };
}

const statusOf = async (item: ItemRecord) => (await held.jobs.store.getItem(item.id))?.status;

describe('an attempt that comes back after its item was queued again', () => {
  it.each(['succeed', 'fail', 'cancel', 'requeue'] as const)('changes nothing with %s', async (event) => {
    const { jobs } = held;
    const { job, item } = await oneItem();
    const { attempts } = await transition(jobs.store, item, 'start');
    await transition(jobs.store, item, 'fail');
    await jobs.retry(await jobs.store.require(job.id, null), links);
    expect(await transition(jobs.store, item, event, { attempt: attempts })).toMatchObject({ applied: false });
    expect(await jobs.store.require(job.id, null)).toMatchObject({ status: 'queued', counts: { queued: 1 } });
  });
});

describe('an item that is given back after its job was canceled', () => {
  it('is canceled, and ends the job, without waiting for its next turn', async () => {
    const { jobs } = held;
    const { job, item } = await oneItem();
    const { attempts } = await transition(jobs.store, item, 'start');
    await jobs.cancel(job, links);
    const given = await transition(jobs.store, item, 'requeue', { attempt: attempts });
    expect(given).toMatchObject({ applied: true, status: 'canceled', jobEnded: true });
    expect(await jobs.store.require(job.id, null)).toMatchObject({ status: 'canceled', counts: { canceled: 1 } });
  });
});

describe('a deadline', () => {
  it('that a retry sets while the old one is being kept is kept as well', async () => {
    const { jobs } = held;
    const { store } = jobs;
    const { job, item } = await oneItem({ ttlMs: 50, at: Date.now() - 1000 });
    let retried: Promise<unknown> | undefined;
    // The moment between the end of the old run and the end of its tending.
    await tend(store, jobs.queues, links, {
      onJobEnded: ({ id }) => {
        retried = store.retry(id);
      },
    });
    await retried;
    expect(await statusOf(item)).toBe('queued');
    expect(await store.redis.zscore(store.keys.ttl, job.id)).not.toBeNull();
    expect(await tend(store, jobs.queues, links, { now: Date.now() + 1000 })).toBeDefined();
  });
});

describe('a retry', () => {
  it('opens one run although it is asked for twice, as by a connection that breaks before the answer', async () => {
    const { jobs } = held;
    const { job, item } = await oneItem();
    await transition(jobs.store, item, 'fail');
    const ended = await jobs.store.require(job.id, null);
    expect(await jobs.retry(ended, links)).toMatchObject({ run: 2, counts: { queued: 1 } });
    expect(await jobs.retry(ended, links)).toMatchObject({ run: 2, counts: { queued: 1 } });
    const open = await jobs.store.require(job.id, null);
    await expect(jobs.retry(open, links)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('tells how items ended in the run before, not how they are now', async () => {
    const { jobs } = held;
    const { job, item } = await oneItem({
      webhookUrl: 'http://shop.test/hook',
      webhookEvents: ['item.failed'],
      itemEvents: true,
    });
    await transition(jobs.store, item, 'fail');
    await jobs.retry(await jobs.store.require(job.id, null), links);
    await tend(jobs.store, jobs.queues, links);
    const { deliveries } = await listDeliveries(jobs.store, 'shop', { limit: 10 });
    expect(deliveries).toHaveLength(1);
    const [id = ''] = deliveries.map((delivery) => delivery.id);
    const body = await jobs.store.redis.hget(jobs.store.keys.delivery(id), 'body');
    expect(JSON.parse(body ?? '')).toMatchObject({ type: 'item.failed', data: { status: 'failed' } });
  });
});

describe('tending', () => {
  it('does all there is to do although one step fails, and tells of the fault', async () => {
    const { jobs } = held;
    const { redis, keys } = jobs.store;
    await redis.hset(keys.unsent, 'msg_bad', 'no JSON');
    const id = newId('dlv');
    await redis.hset(keys.delivery(id), { id, tenant: 'shop', messageId: 'msg', status: 'delivered' });
    await redis.zadd(keys.deliveryExpiry, 1, id);
    await redis.zadd(keys.deliveriesOf('shop'), 1, id);
    await expect(tend(jobs.store, jobs.queues, links)).rejects.toThrow(SyntaxError);
    expect(await redis.exists(keys.delivery(id))).toBe(0);
    expect(await redis.zcard(keys.deliveriesOf('shop'))).toBe(0);
  });
});
