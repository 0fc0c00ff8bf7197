import { poll } from '@packshot/testing';
import { jobsForEachTest, makeJob } from '../fixtures/make-job';
import type { ItemRecord, JobRecord } from '../records';
import { tend } from '../tend';
import { transition } from '../transition';

const held = jobsForEachTest();
const links = { urlOf: async () => ({ url: '', expires_at: '' }) };

async function onlyItem(job: JobRecord): Promise<ItemRecord> {
  const [item] = await held.jobs.store.listItems(job.id, 0, 1);
  if (!item) throw new Error('the job has no item');
  return item;
}

describe('an item that is queued again while its old place is still in the backlog', () => {
  it('is carried by one message alone', async () => {
    const { jobs } = held;
    const job = await makeJob(jobs);
    await jobs.cancel(job, links);
    await jobs.retry(await jobs.store.require(job.id, null), links);
    const { id } = await onlyItem(job);
    expect(await jobs.backlog.claim('a')).toBe(id);
    expect(await jobs.backlog.claim('b')).toBeNull();
  });

  it('keeps its place in the order of its tenant', async () => {
    const { jobs } = held;
    const first = await makeJob(jobs);
    await jobs.cancel(first, links);
    const second = await makeJob(jobs);
    await jobs.retry(await jobs.store.require(first.id, null), links);
    const ids = [(await onlyItem(first)).id, (await onlyItem(second)).id];
    expect([await jobs.backlog.claim('a'), await jobs.backlog.claim('b'), await jobs.backlog.claim('c')]).toEqual([
      ...ids,
      null,
    ]);
  });
});

describe('a message of an earlier run that comes again', () => {
  it('leaves the item to the message that carries it now', async () => {
    const { jobs } = held;
    const job = await makeJob(jobs);
    const item = await onlyItem(job);
    await jobs.backlog.claim('old');
    await transition(jobs.store, item, 'fail');
    await jobs.retry(await jobs.store.require(job.id, null), links);
    expect(await jobs.backlog.claim('new')).toBe(item.id);
    expect(await jobs.backlog.claim('old')).toBeNull();
    expect(await jobs.backlog.claim('new')).toBe(item.id);
  });
});

describe('tending', () => {
  it.each(['queued', 'processing'] as const)('gives a %s item whose message was removed to another', async (status) => {
    const { jobs } = held;
    const job = await makeJob(jobs);
    const item = await onlyItem(job);
    await jobs.backlog.claim('removed-by-hand');
    if (status === 'processing') await transition(jobs.store, item, 'start');
    expect(await tend(jobs.store, jobs.queues, links)).toMatchObject({ reclaimed: 1 });
    expect(await jobs.store.getItem(item.id)).toMatchObject({ status: 'queued' });
    await tend(jobs.store, jobs.queues, links);
    expect(await jobs.queues.items.getWaitingCount()).toBeGreaterThan(0);
    expect(await jobs.backlog.claim('another')).toBe(item.id);
    expect(await jobs.backlog.claim('and-another')).toBeNull();
  });

  it('leaves an item alone whose message is on its way', async () => {
    const { jobs } = held;
    const job = await makeJob(jobs);
    await jobs.queues.addItems(['message']);
    const id = await jobs.backlog.claim('message');
    expect(await tend(jobs.store, jobs.queues, links)).toMatchObject({ reclaimed: 0 });
    expect(await jobs.backlog.claim('message')).toBe(id);
    expect(job.counts.total).toBe(1);
  });

  it('forgets what a worker noted and never took back, so that nothing is left of items that have ended', async () => {
    const { jobs } = held;
    const { store } = jobs;
    const job = await makeJob(jobs);
    const item = await onlyItem(job);
    await jobs.backlog.claim('of-a-worker-that-died');
    await transition(store, item, 'start');
    await transition(store, item, 'fail');
    await tend(store, jobs.queues, links);
    expect(await store.redis.hlen(store.keys.bindings)).toBe(0);
    expect(await store.getItem(item.id)).toMatchObject({ status: 'failed' });
  });

  it('forgets the virtual times of tenants that wait for nothing', async () => {
    const { jobs } = held;
    const { redis, keys } = jobs.store;
    for (const tenant of ['a', 'b', 'c']) await makeJob(jobs, { tenant });
    for (const message of ['1', '2', '3']) await jobs.backlog.claim(message);
    await makeJob(jobs, { tenant: 'd' });
    await jobs.backlog.forgetTimes(0);
    expect(await redis.hkeys(keys.virtualTimes)).toEqual(expect.arrayContaining(['d']));
    await jobs.backlog.claim('4');
    await jobs.backlog.forgetTimes(0);
    expect((await redis.hkeys(keys.virtualTimes)).filter((field) => field !== ':clock')).toEqual([]);
  });
});

describe('a queue that is paused', () => {
  it('is not filled again and again', async () => {
    const { jobs } = held;
    const job = await makeJob(jobs, { customIds: [null, null] });
    await jobs.queues.items.pause();
    await jobs.queues.addItems(['x', 'y']);
    await tend(jobs.store, jobs.queues, links);
    await tend(jobs.store, jobs.queues, links);
    const { store } = jobs;
    const hashes = await poll(() => store.redis.keys(`${store.keys.bullPrefix}:items:top-up-*`), { timeoutMs: 1000 });
    expect(hashes).toEqual([]);
    expect(job.counts.queued).toBe(2);
  });
});
