import { AppError, newId } from '@packshot/contracts';
import { getDelivery, type JobRecord, transition } from '@packshot/jobs';
import { createLogger } from '@packshot/service';
import type { ObjectStore } from '@packshot/storage';
import { sweep } from './sweep';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

const HOUR_MS = 3_600_000;
const GOOD = scripted({ do: 'succeed' });

jest.setTimeout(3 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

function run(now?: number, storage: ObjectStore = bench.storage): ReturnType<typeof sweep> {
  const logger = createLogger({ name: 'test', level: 'error', format: 'text' });
  logger.silent = true;
  const embeddings = { maxBytes: 1e6, maxAgeMs: HOUR_MS };
  return sweep({ ...bench.jobs, links: bench.links, storage, embeddings, logger }, now);
}

/** A job whose only item has failed. */
async function endedJob(): Promise<JobRecord> {
  const job = await bench.commitJob([GOOD]);
  const [item] = await bench.items(job);
  if (!item) throw new Error('no item');
  await transition(bench.jobs.store, item, 'fail');
  return bench.jobs.store.require(job.id, null);
}

describe('the sweeper', () => {
  test('queues a job that was committed by a process that died before queueing it', async () => {
    const job = await bench.commitJob([GOOD, GOOD]);
    expect(await run()).toMatchObject({ queued: 1 });
    expect(await bench.jobs.queues.items.getWaitingCount()).toBe(2);
    expect(await run()).toMatchObject({ queued: 0 });
    await bench.startWorker();
    expect((await bench.ended(job)).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });

  test('queues the webhook of a job whose worker died right after ending it', async () => {
    const job = await bench.commitJob([GOOD], { webhookUrl: 'https://example.com/hook' });
    const [item] = await bench.items(job);
    if (!item) throw new Error('no item');
    await transition(bench.jobs.store, item, 'start');
    expect(await transition(bench.jobs.store, item, 'succeed')).toMatchObject({ jobEnded: true });
    await run();
    const [message] = await bench.jobs.queues.webhooks.getWaiting();
    const delivery = await getDelivery(bench.jobs.store, message?.data.deliveryId ?? '');
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ type: 'job.succeeded', data: { id: job.id } });
  });

  test('removes a job that has expired, its objects and its records', async () => {
    const old = await endedJob();
    expect(await run(Date.parse(old.expiresAt) - 1)).toMatchObject({ removed: 0 });
    expect(await run(Date.parse(old.expiresAt) + 1)).toMatchObject({ removed: 1 });
    expect(await bench.keys(old)).toEqual([]);
    expect(await bench.jobs.store.get(old.id)).toBeNull();
    expect(await bench.jobs.store.redis.keys(`*${old.id}*`)).toEqual([]);
  });

  test('removes all that have expired in one round, however many they are', async () => {
    const jobs = await Promise.all(Array.from({ length: 120 }, endedJob));
    expect(await run(Date.now() + 10_000 * HOUR_MS)).toMatchObject({ removed: jobs.length });
    expect(await bench.jobs.store.expired(Date.now() + 1e12)).toEqual([]);
  });

  test('keeps a job that a client retried while the round was under way', async () => {
    const job = await endedJob();
    const { store } = bench.jobs;
    const { expired } = store;
    const late = jest.spyOn(store, 'expired').mockImplementation(async (...args) => {
      const due = await expired.apply(store, args);
      if (due.length > 0) await store.retry(job.id);
      return due;
    });
    expect(await run(Date.parse(job.expiresAt) + 1)).toMatchObject({ removed: 0 });
    late.mockRestore();
    expect(await store.require(job.id, null)).toMatchObject({ status: 'queued', run: 2 });
    expect(await bench.keys(job)).toHaveLength(1);
  });

  test('keeps a job that has not ended, however old it is', async () => {
    const job = await bench.commitJob([GOOD]);
    expect(await run(Date.now() + 10_000 * HOUR_MS)).toMatchObject({ removed: 0 });
    expect(await bench.keys(job)).toHaveLength(1);
  });

  test('removes what it can when one job cannot be removed, and that one later', async () => {
    const jobs = [await endedJob(), await endedJob()];
    const later = Date.parse(jobs[1]?.expiresAt ?? '') + 1;
    const { storage } = bench;
    const failing = Object.create(storage, {
      deletePrefix: {
        value: async (prefix: string) => {
          if (prefix.includes(jobs[0]?.id ?? '')) throw new AppError('storage_error');
          return storage.deletePrefix(prefix);
        },
      },
    }) as ObjectStore;
    expect(await run(later, failing)).toMatchObject({ removed: 1 });
    const { redis } = bench.jobs.store;
    expect(await redis.keys(`*${jobs[1]?.id}*`)).toEqual([]);
    expect(await redis.keys(`*${jobs[0]?.id}*`)).not.toEqual([]);
    expect(await run(later)).toMatchObject({ removed: 1 });
    expect(await redis.keys(`*${jobs[0]?.id}*`)).toEqual([]);
  });

  test('removes the files of an upload that was never completed, after an hour', async () => {
    const jobId = newId('job');
    const key = `jobs/${jobId}/${newId('item')}/original`;
    await bench.storage.put(key, GOOD, { contentType: 'image/png' });
    await bench.jobs.store.markUploading(jobId);
    expect(await run(Date.now() + 0.9 * HOUR_MS)).toMatchObject({ abandoned: 0 });
    expect(await bench.storage.head(key)).not.toBeNull();
    expect(await run(Date.now() + 1.1 * HOUR_MS)).toMatchObject({ abandoned: 1 });
    expect(await bench.storage.head(key)).toBeNull();
    expect(await run(Date.now() + 1.1 * HOUR_MS)).toMatchObject({ abandoned: 0 });
  });

  test('leaves a committed job alone that is still on the list of uploads', async () => {
    const job = await bench.commitJob([GOOD]);
    await bench.jobs.store.markUploading(job.id);
    await run(Date.now() + 2 * HOUR_MS);
    expect(await bench.keys(job)).toHaveLength(1);
  });

  test('leaves the work to another worker that is at it', async () => {
    const job = await bench.commitJob([GOOD]);
    const lock = bench.jobs.store.keys.lock('sweep');
    await bench.jobs.store.redis.set(lock, 'another');
    expect(await run()).toBeNull();
    expect(await bench.jobs.queues.items.getWaitingCount()).toBe(0);
    expect(await bench.jobs.store.redis.get(lock)).toBe('another');
    await bench.jobs.store.redis.del(lock);
    expect(await run()).toMatchObject({ queued: 1 });
    expect(await bench.jobs.store.redis.exists(lock)).toBe(0);
    expect(await bench.items(job)).toHaveLength(1);
  });
});
