import { removeJob, transition } from '@packshot/jobs';
import { poll, startWebhookSink } from '@packshot/testing';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

jest.setTimeout(3 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

const GOOD = scripted({ do: 'succeed' });

describe('an item that succeeds', () => {
  test('has its results stored under the keys of its attempt, and facts and timings in its record', async () => {
    await bench.startWorker();
    const job = await bench.submit([GOOD]);
    const [item] = await bench.ended(job);
    const key = `jobs/${job.id}/${item?.id}/1/result.png`;
    expect(item).toMatchObject({
      status: 'succeeded',
      progress: 1,
      attempts: 1,
      input: { name: 'photo', content_type: 'image/png', width: 1, height: 1, bytes: GOOD.length },
      result: { key, content_type: 'image/png', bytes: GOOD.length },
      mask: null,
      error: null,
    });
    expect(Object.keys(item?.timings ?? {}).sort()).toEqual([
      'decode',
      'download',
      'encode',
      'infer',
      'queue',
      'upload',
    ]);
    expect(await bench.storage.head(key)).toMatchObject({ bytes: GOOD.length, contentType: 'image/png' });
    await bench.spoolEmpty();
    expect(await bench.jobs.queues.depth()).toMatchObject({ bulk: 0, active: 0, delayed: 0 });
  });

  test('may have been accepted before there were as many operations', async () => {
    const job = await bench.submit([GOOD]);
    const { redis, keys } = bench.jobs.store;
    const { contrast, compose, ...older } = JSON.parse((await redis.hget(keys.job(job.id), 'pipeline')) ?? '');
    expect([contrast, compose]).toEqual([false, false]);
    await redis.hset(keys.job(job.id), 'pipeline', JSON.stringify(older));
    await bench.startWorker();
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', error: null });
  });

  test('shows its progress and stage on the way', async () => {
    await bench.startWorker();
    const job = await bench.submit([scripted({ do: 'wait', until: bench.path('go') })]);
    const item = await poll(async () => (await bench.items(job)).find(({ stage }) => stage === 'background'), {
      timeoutMs: PATIENCE_MS,
    });
    expect(item.progress).toBeGreaterThan(0);
    expect(item.progress).toBeLessThan(1);
    bench.release('go');
    await bench.ended(job);
  });

  test('is fetched from its URL when it has one', async () => {
    const sink = await startWebhookSink({ respond: () => ({ status: 200, body: 'GIF89a..{"do":"succeed"}' }) });
    try {
      await bench.startWorker({ ALLOW_PRIVATE_HOSTS: '127.0.0.1' });
      const job = await bench.submit([{ kind: 'url', url: `${sink.url}a.gif` }]);
      const [item] = await bench.ended(job);
      expect(item?.error?.code ?? item?.status).toBe('succeeded');
      expect(sink.deliveries).toMatchObject([{ method: 'GET', path: '/a.gif' }]);
    } finally {
      await sink.close();
    }
  });
});

describe('an item whose image cannot be used', () => {
  test.each([
    ['empty_file', Buffer.alloc(0)],
    ['unsupported_format', Buffer.from('%PDF-1.7')],
    ['file_too_large', Buffer.concat([GOOD, Buffer.alloc(1000)])],
    ['not_found', { kind: 'stored', key: 'jobs/missing' }],
    ['url_not_allowed', { kind: 'url', url: 'http://127.0.0.1:1/a.png' }],
    ['corrupt_image', scripted({ do: 'fail', code: 'corrupt_image' })],
  ] as const)('fails as %s at its first attempt', async (code, file) => {
    await bench.startWorker({ MAX_FILE_BYTES: '1000' });
    const job = await bench.submit([Buffer.isBuffer(file) ? file : { ...file }, GOOD]);
    const [bad, good] = await bench.ended(job);
    expect(bad).toMatchObject({ status: 'failed', attempts: 1, error: { code } });
    expect(good).toMatchObject({ status: 'succeeded' });
    await bench.spoolEmpty();
  });
});

describe('an item whose fault may pass', () => {
  test('is tried again and succeeds', async () => {
    await bench.startWorker();
    const job = await bench.submit([scripted({ do: 'fail', code: 'out_of_memory', once: bench.path('once') })]);
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', attempts: 2, error: null });
  });

  test('fails with its code after the allowed attempts', async () => {
    await bench.startWorker({ ITEM_ATTEMPTS: '2' });
    const job = await bench.submit([scripted({ do: 'fail', code: 'storage_error' })]);
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'storage_error', retryable: true } });
  });

  test('and that nobody foresaw gets an engine that is a new one', async () => {
    await bench.startWorker({ ITEM_ATTEMPTS: '2' });
    const journal = bench.path('journal');
    const job = await bench.submit([scripted({ do: 'bug', once: bench.path('once'), journal })]);
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', attempts: 2, crashes: 0 });
    expect(new Set(bench.journal('journal').map(({ pid }) => pid)).size).toBe(2);
  });
});

describe('canceling a job', () => {
  test('stops the item that runs, ends those that wait, and frees the worker', async () => {
    await bench.startWorker({ WORKER_CONCURRENCY: '1' });
    const endless = scripted({ do: 'wait', until: bench.path('never') });
    const job = await bench.submit([endless, endless, endless]);
    await bench.underway(job, 0);
    await bench.jobs.cancel(job, bench.links);
    const items = await bench.ended(job);
    expect(items.map(({ status }) => status)).toEqual(['canceled', 'canceled', 'canceled']);
    expect((await bench.ended(await bench.submit([GOOD])))[0]?.status).toBe('succeeded');
    await bench.spoolEmpty();
  });
});

describe('an attempt that the item was taken from', () => {
  test('stops, publishes nothing and leaves no files', async () => {
    await bench.startWorker();
    const job = await bench.submit([scripted({ do: 'wait', until: bench.path('go') })]);
    await bench.underway(job, 0);
    const [item] = await bench.items(job);
    if (!item) throw new Error('no item');
    await transition(bench.jobs.store, item, 'start');
    bench.release('go');
    await poll(async () => (await bench.jobs.queues.depth()).active === 0, {
      timeoutMs: PATIENCE_MS,
      what: 'the first attempt to give up',
    });
    expect((await bench.items(job))[0]).toMatchObject({ status: 'processing', attempts: 2, result: null });
    expect(await bench.keys(job)).toEqual([`jobs/${job.id}/${item.id}/original`]);
  });

  test('ends quietly when the job was deleted under it', async () => {
    await bench.startWorker();
    const job = await bench.submit([scripted({ do: 'wait', until: bench.path('go') })]);
    await bench.underway(job, 0);
    const [item] = await bench.items(job);
    if (!item) throw new Error('no item');
    // Another worker took it for lost and ended it.
    await transition(bench.jobs.store, item, 'fail');
    await bench.storage.deletePrefix(`jobs/${job.id}/`);
    const objects = { deleteJob: async () => {}, delete: async () => {} };
    expect(await removeJob(bench.jobs.store, job.id, objects)).toBe(true);
    bench.release('go');
    await poll(async () => (await bench.jobs.queues.depth()).active === 0, {
      timeoutMs: PATIENCE_MS,
      what: 'the attempt to give up',
    });
    expect(await bench.keys(job)).toEqual([]);
    expect(await bench.jobs.store.get(job.id)).toBeNull();
  });
});

describe('a lock that was lost', () => {
  test('stops the attempt at once, and the next delivery finishes the item', async () => {
    await bench.startWorker({ LOCK_SECONDS: '2' });
    const job = await bench.submit([scripted({ do: 'wait', until: bench.path('go') })]);
    await bench.underway(job, 0);
    const { items: queue } = bench.jobs.queues;
    const [message] = await queue.getActive();
    await bench.jobs.store.redis.del(queue.toKey(`${message?.id}:lock`));
    await poll(async () => (await bench.items(job))[0]?.attempts === 2, {
      timeoutMs: PATIENCE_MS,
      what: 'the second delivery',
    });
    bench.release('go');
    const [item] = await bench.ended(job);
    expect(item).toMatchObject({ status: 'succeeded', attempts: 2, crashes: 0 });
    const prefix = `jobs/${job.id}/${item?.id}`;
    expect(await bench.keys(job)).toEqual([`${prefix}/2/result.json`, `${prefix}/2/result.png`, `${prefix}/original`]);
  });
});

/** When Redis's answer is lost with the connection, the client sends the command again, and finds it done. */
describe('a transition that had happened already', () => {
  const running = async (code?: string) => {
    await bench.startWorker();
    const script = { do: 'wait', until: bench.path('go'), once: bench.path('once'), ...(code && { code }) } as const;
    const job = await bench.submit([scripted(script)]);
    await bench.underway(job, 0);
    const [item] = await bench.items(job);
    if (!item) throw new Error('no item');
    return { job, item };
  };

  test('leaves what was published', async () => {
    const { job, item } = await running();
    const key = `jobs/${job.id}/${item.id}/1/result.png`;
    const result = { key, content_type: 'image/png', width: 1, height: 1, bytes: 1, sha256: '0' };
    bench.release('go');
    await poll(() => bench.storage.head(key), { timeoutMs: PATIENCE_MS, what: 'the upload' });
    await transition(bench.jobs.store, item, 'succeed', { attempt: 1, outcome: { result } });
    await poll(async () => (await bench.jobs.queues.depth()).active === 0, { timeoutMs: PATIENCE_MS });
    expect((await bench.items(job))[0]?.status).toBe('succeeded');
    expect(await bench.storage.head(key)).not.toBeNull();
  });

  test('does not lose an item that is to be tried again', async () => {
    const { job, item } = await running('storage_error');
    await transition(bench.jobs.store, item, 'requeue', { attempt: 1 });
    bench.release('go');
    const [ended] = await bench.ended(job);
    expect(ended).toMatchObject({ status: 'succeeded', attempts: 2 });
  });
});
