import { AppError, newId } from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { jobsConfig } from './config';
import { newItem, newJob } from './fixtures/make-job';
import type { NewItem, NewJob } from './job-store';
import { type Jobs, openJobs } from './open-jobs';
import { queueItems, queueUnqueued, sendUnsent } from './outbox';
import { removeJob } from './remove-job';
import { transition } from './transition';
import { type FileLinks, toItemView, toJobView } from './views';
import { getDelivery } from './webhooks/deliveries';

const links: FileLinks = {
  urlOf: async ({ key }, name, base) => ({
    url: `${base}/${key}?name=${name.replace(/^item_[^.]*/, 'item')}`,
    expires_at: new Date(0).toISOString(),
  }),
};

let redis: TestRedis;
let jobs: Jobs;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  const REDIS_PREFIX = `test-${Math.random().toString(36).slice(2)}`;
  jobs = openJobs(jobsConfig.parse({ REDIS_URL: redis.url, REDIS_PREFIX, RETENTION_HOURS: 1 }), {
    failFast: false,
    name: 'test',
  });
});
afterEach(() => jobs.close());
afterAll(() => redis.stop());

const good = () => newItem();
const bad = () => newItem({ source: new AppError('corrupt_image').toItemError() });
const ordered = (items: NewItem[], more: Partial<NewJob> = {}) => newJob(items, { metadata: { order: '7' }, ...more });

/** One item of a new job of `count` items. */
async function started(count = 1, more: Partial<NewJob> = {}) {
  const job = await jobs.store.create(ordered(Array.from({ length: count }, good), more));
  const items = await jobs.store.listItems(job.id, 0, count);
  const item = items[0];
  if (!item) throw new Error('the job has no item');
  return { job, item };
}

describe('creating a job', () => {
  it('keeps items in the order of the request, and bad ones as failed', async () => {
    const items = [good(), bad(), good()];
    const job = await jobs.store.create(ordered(items));
    expect(job.counts).toEqual({ total: 3, queued: 2, processing: 0, succeeded: 0, failed: 1, canceled: 0 });
    const records = await jobs.store.listItems(job.id, 0, 10);
    expect(records.map((item) => item.id)).toEqual(items.map((item) => item.id));
    expect(records.map((item) => item.status)).toEqual(['queued', 'failed', 'queued']);
    expect(records[1]?.error?.code).toBe('corrupt_image');
    expect(toJobView(job)).toMatchObject({ status: 'queued', metadata: { order: '7' }, run: 1 });
  });

  it('refuses a job in which no item can be processed, and leaves nothing', async () => {
    const job = ordered([bad(), bad()]);
    await expect(jobs.store.create(job)).rejects.toMatchObject({ code: 'all_items_invalid' });
    expect(await jobs.store.get(job.id)).toBeNull();
  });

  it('pages through items by position', async () => {
    const { job } = await started(25);
    const pages = await Promise.all([0, 10, 20, 30].map((from) => jobs.store.listItems(job.id, from, 10)));
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5, 0]);
    expect(pages.flat().map((item) => item.index)).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });

  it('queues a committed job whose creator died before queueing it, once', async () => {
    const { job } = await started(3);
    expect(await queueUnqueued(jobs.store, jobs.queues)).toBe(1);
    expect(await queueUnqueued(jobs.store, jobs.queues)).toBe(0);
    await queueItems(jobs.store, jobs.queues, job.id);
    expect(await jobs.queues.items.getWaitingCount()).toBe(3);
  });
});

describe('transition', () => {
  it('refuses an attempt that no longer has the item', async () => {
    const { item } = await started();
    const first = await transition(jobs.store, item, 'start');
    const second = await transition(jobs.store, item, 'start');
    expect([first.attempts, second.attempts]).toEqual([1, 2]);
    const late = await transition(jobs.store, item, 'succeed', { attempt: 1 });
    expect(late).toMatchObject({ applied: false, status: 'processing' });
    expect(await transition(jobs.store, item, 'succeed', { attempt: 2 })).toMatchObject({
      applied: true,
      jobEnded: true,
    });
  });

  it('lets exactly one of many racing workers end an item', async () => {
    const { item } = await started();
    await transition(jobs.store, item, 'start');
    const results = await Promise.all(
      Array.from({ length: 20 }, () => transition(jobs.store, item, 'succeed', { attempt: 1 })),
    );
    expect(results.filter((result) => result.applied)).toHaveLength(1);
  });

  it('says that an item is gone', async () => {
    const nobody = { id: newId('item'), jobId: newId('job') };
    expect(await transition(jobs.store, nobody, 'start')).toMatchObject({ applied: false, status: 'gone' });
  });

  it('counts crashes only when told so', async () => {
    const { item } = await started();
    await transition(jobs.store, item, 'start');
    expect((await transition(jobs.store, item, 'requeue')).crashes).toBe(0);
    await transition(jobs.store, item, 'start');
    expect((await transition(jobs.store, item, 'requeue', { crashed: true })).crashes).toBe(1);
  });
});

describe('progress', () => {
  it('adds up over the items and never goes backwards', async () => {
    const { job, item } = await started(2);
    await transition(jobs.store, item, 'start');
    const running = { ...item, attempts: 1 };
    expect(await jobs.store.progress(running, 0.5, 'denoise')).toBe(true);
    expect(await jobs.store.progress(running, 0.2, 'denoise')).toBe(true);
    expect(toJobView(await jobs.store.require(job.id, null)).progress).toBe(0.25);
    await transition(jobs.store, item, 'succeed', { attempt: 1 });
    expect(toJobView(await jobs.store.require(job.id, null)).progress).toBe(0.5);
  });

  it('tells an attempt that lost its item to stop', async () => {
    const { item } = await started();
    await transition(jobs.store, item, 'start');
    await transition(jobs.store, item, 'start');
    expect(await jobs.store.progress({ ...item, attempts: 1 }, 0.5, 'denoise')).toBe(false);
  });

  it('tells a running item of a canceled job to stop', async () => {
    const { job, item } = await started();
    await transition(jobs.store, item, 'start');
    await jobs.cancel(job, links);
    expect(await jobs.store.progress({ ...item, attempts: 1 }, 0.5, 'denoise')).toBe(false);
  });
});

describe('canceling', () => {
  it('cancels queued items at once and leaves running ones to stop by themselves', async () => {
    const { job, item } = await started(3);
    await transition(jobs.store, item, 'start');
    const canceled = await jobs.cancel(job, links);
    expect(canceled.counts).toMatchObject({ canceled: 2, processing: 1 });
    await transition(jobs.store, item, 'cancel', { attempt: 1 });
    expect(toJobView(await jobs.store.require(job.id, null)).status).toBe('canceled');
  });

  it('keeps an item that is picked up late from starting', async () => {
    const { job, item } = await started();
    await jobs.store.requestCancel(job);
    expect(await transition(jobs.store, item, 'start')).toMatchObject({ applied: true, status: 'canceled' });
  });

  it('refuses to cancel what has ended', async () => {
    const { job, item } = await started();
    await transition(jobs.store, item, 'fail');
    await expect(jobs.cancel(job, links)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the webhook outbox', () => {
  it('holds one webhook for an ended job until it is in the queue', async () => {
    const job = await jobs.store.create(ordered([good(), good()], { webhookUrl: 'https://shop.test/hook' }));
    const items = await jobs.store.listItems(job.id, 0, 2);
    const ends: boolean[] = [];
    for (const item of items) {
      await transition(jobs.store, item, 'start');
      ends.push((await transition(jobs.store, item, 'succeed', { attempt: 1 })).jobEnded);
    }
    expect(ends).toEqual([false, true]);
    await sendUnsent(jobs.store, jobs.queues, links);
    expect(await sendUnsent(jobs.store, jobs.queues, links)).toBe(0);
    const messages = await jobs.queues.webhooks.getWaiting();
    expect(messages).toHaveLength(1);
    const [message] = messages;
    const delivery = await getDelivery(jobs.store, message?.data.deliveryId ?? '');
    const body = JSON.parse(delivery?.body ?? '{}');
    expect(body).toMatchObject({ type: 'job.succeeded', data: { id: job.id, status: 'succeeded' } });
    expect(delivery?.url).toBe('https://shop.test/hook');
  });

  it('stays empty for a job that asked for none', async () => {
    const { item } = await started();
    await transition(jobs.store, item, 'fail');
    await sendUnsent(jobs.store, jobs.queues, links);
    expect(await jobs.queues.webhooks.getWaitingCount()).toBe(0);
  });
});

describe('removing', () => {
  it('leaves no key of the job behind', async () => {
    const { job, item } = await started(3);
    await jobs.cancel(job, links);
    await removeJob(jobs.store, job.id, { deleteJob: async () => {}, delete: async () => {} });
    expect(await jobs.store.get(job.id)).toBeNull();
    expect(await jobs.store.getItem(item.id)).toBeNull();
    const left = await jobs.store.redis.keys(`{${jobs.store.keys.bullPrefix.slice(1, -1)}}*${job.id}*`);
    expect(left).toEqual([]);
    expect(await jobs.store.expired(Date.now() + 1e12)).toEqual([]);
  });
});

describe('views', () => {
  it('give an item absolute links to what it made', async () => {
    const { job, item } = await started();
    const file = { key: 'k', content_type: 'image/png', width: 2, height: 1, bytes: 9, sha256: 'ab' };
    await transition(jobs.store, item, 'start');
    await transition(jobs.store, item, 'succeed', { attempt: 1, outcome: { result: file, mask: file } });
    const view = await toItemView(await jobs.store.requireItem(job.id, item.id, null), 'http://shop.test', links);
    expect(view.result?.url).toBe('http://shop.test/k?name=item.png');
    expect(view.links.result).toBe(`http://shop.test/jobs/${job.id}/items/${item.id}/result`);
    expect(JSON.stringify(view)).not.toContain('"key"');
  });
});
