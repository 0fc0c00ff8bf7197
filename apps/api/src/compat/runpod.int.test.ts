import { AppError } from '@packshot/contracts';
import { transition } from '@packshot/jobs';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { apiForEachTest } from '../fixtures/start-api';

const api = apiForEachTest({ API_KEYS: 'shop=ours,other=theirs', MODEL_TYPE: 'ZhengPeng7/BiRefNet_lite' });
const photo = png(60, 40).toString('base64');
const input = { filename: 'my_photo.png', image_b64: photo };

interface Job {
  id: string;
  status: string;
  output?: { filename: string; image_b64: string };
  error?: string;
}

function call(method: 'GET' | 'POST', path: string, body?: unknown, key = 'ours'): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return fetch(api.url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

const post = (path: string, body?: unknown, key?: string) => call('POST', path, body, key);
const get = (path: string, key?: string) => call('GET', path, undefined, key);
const read = async <T = Job>(response: Response) => (await response.json()) as T;

const run = async (body: object = {}, path = '/v2/birefnet/run') => read(await post(path, { input, ...body }));
const statusOf = async (id: string) => read(await get(`/v2/birefnet/status/${id}`));

const itemOf = async (jobId: string) => {
  const [item] = await api.deps.jobs.store.listItems(jobId, 0, 1);
  if (!item) throw new Error('no item');
  return item;
};
const finish = async (jobId: string) =>
  finishItem(api.deps, jobId, await itemOf(jobId), { result: Buffer.from('finished') });
const fail = async (jobId: string, code: 'corrupt_image' | 'timed_out') => {
  const { store } = api.deps.jobs;
  const item = await itemOf(jobId);
  const { attempts } = await transition(store, item, 'start');
  const outcome = { error: new AppError(code).toItemError() };
  await transition(store, item, 'fail', { attempt: attempts, outcome });
};

describe('/run', () => {
  test('makes a job of one image in the interactive lane, for the model of the settings', async () => {
    const { id, status } = await run();
    expect(status).toBe('IN_QUEUE');
    const job = await api.deps.jobs.store.get(id);
    expect(job).toMatchObject({
      tenant: 'shop',
      priority: 'interactive',
      ttlMs: 86_400_000,
      timeoutMs: 600_000,
      pipeline: { background: { model: 'birefnet-general-lite' }, upscale: false, output: { format: 'png' } },
    });
  });

  test('keeps to the policy', async () => {
    const { id } = await run({ policy: { executionTimeout: 30_000, ttl: 60_000, lowPriority: true } });
    const job = await api.deps.jobs.store.get(id);
    expect(job).toMatchObject({ priority: 'bulk', ttlMs: 60_000, timeoutMs: 30_000 });
  });

  test('runs the preset that the endpoint is called as', async () => {
    const { id } = await run({}, '/v2/restore/run');
    expect((await api.deps.jobs.store.get(id))?.pipeline).toMatchObject({ background: false, upscale: { scale: 2 } });
  });

  test('takes a data URL, and the key as it is', async () => {
    const response = await fetch(`${api.url}/v2/birefnet/run`, {
      method: 'POST',
      headers: { authorization: 'ours', 'content-type': 'application/json' },
      body: JSON.stringify({ input: { ...input, image_b64: `data:image/png;base64,${photo}` } }),
    });
    expect(response.status).toBe(200);
  });

  test('gives the same job for the same idempotency key', async () => {
    const send = () =>
      fetch(`${api.url}/v2/birefnet/run`, {
        method: 'POST',
        headers: { authorization: 'Bearer ours', 'content-type': 'application/json', 'idempotency-key': 'once' },
        body: JSON.stringify({ input }),
      });
    const [first, second] = [await read(await send()), await read(await send())];
    expect(second).toEqual(first);
  });

  test.each<[string, object, RegExp]>([
    ['no input', {}, /input/],
    ['no file name', { input: { image_b64: photo } }, /filename/],
    ['another input', { input: { ...input, prompt: 'hello' } }, /prompt/],
    ['no base64', { input: { ...input, image_b64: 'hello!' } }, /base64/],
    ['no image', { input: { ...input, image_b64: Buffer.from('hello').toString('base64') } }, /format/],
    ['a private webhook', { input, webhook: 'http://10.0.0.1/' }, /webhook/],
    ['a policy beyond its bounds', { input, policy: { ttl: 1 } }, /ttl/],
    ['a store of its own', { input, s3Config: { bucketName: 'b' } }, /s3Config/],
  ])('refuses %s with {"error": …}', async (_, body, error) => {
    const response = await post('/v2/birefnet/run', body);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.stringMatching(error) }]);
  });

  test('refuses a key that is not known', async () => {
    const response = await post('/v2/birefnet/run', { input }, 'unknown');
    expect([response.status, await response.json()]).toEqual([401, { error: expect.any(String) }]);
  });
});

describe('/status', () => {
  test('follows the job to its output', async () => {
    const { id } = await run();
    expect(await statusOf(id)).toMatchObject({ id, status: 'IN_QUEUE' });
    await transition(api.deps.jobs.store, await itemOf(id), 'start');
    expect(await statusOf(id)).toMatchObject({ id, status: 'IN_PROGRESS', delayTime: expect.any(Number) });
    await finish(id);
    expect(await statusOf(id)).toEqual({
      id,
      status: 'COMPLETED',
      delayTime: expect.any(Number),
      executionTime: expect.any(Number),
      output: { filename: 'my_photo.png', image_b64: Buffer.from('finished').toString('base64') },
    });
  });

  test.each([
    ['corrupt_image', 'FAILED'],
    ['timed_out', 'TIMED_OUT'],
  ] as const)('tells %s as %s, with why', async (code, status) => {
    const { id } = await run();
    await fail(id, code);
    expect(await statusOf(id)).toMatchObject({ id, status, error: new AppError(code).message });
  });

  test('is of no use to another tenant', async () => {
    const { id } = await run();
    for (const path of [`/v2/x/status/${id}`, `/v2/x/status-sync/${id}`, `/v2/x/stream/${id}`, `/status/${id}`]) {
      expect((await get(path, 'theirs')).status).toBe(404);
    }
    for (const path of [`/v2/x/cancel/${id}`, `/v2/x/retry/${id}`]) {
      expect((await post(path, undefined, 'theirs')).status).toBe(404);
    }
    expect(await statusOf(id)).toMatchObject({ status: 'IN_QUEUE' });
  });
});

describe('waiting', () => {
  test('/runsync gives the job as it is when the time is over', async () => {
    const job = await read(await post('/v2/birefnet/runsync?wait=1000', { input }));
    expect(job).toMatchObject({ id: expect.any(String), status: 'IN_QUEUE' });
  });

  test('/status-sync gives the output as soon as it is there', async () => {
    const { id } = await run();
    const waiting = get(`/v2/birefnet/status-sync/${id}?wait=300000`);
    await finish(id);
    expect(await read(await waiting)).toMatchObject({ status: 'COMPLETED' });
  });

  test('/stream gives the output once', async () => {
    const { id } = await run();
    const stream = async () => read<{ status: string; stream: unknown[] }>(await get(`/v2/birefnet/stream/${id}`));
    const waiting = stream();
    await finish(id);
    expect(await waiting).toMatchObject({ status: 'COMPLETED', stream: [{ output: { filename: 'my_photo.png' } }] });
    expect(await stream()).toEqual({ status: 'COMPLETED', stream: [] });
  });
});

describe('/cancel', () => {
  test('cancels what has not ended', async () => {
    const { id } = await run();
    expect(await read(await post(`/v2/birefnet/cancel/${id}`))).toEqual({ id, status: 'CANCELLED' });
    expect(await statusOf(id)).toMatchObject({ status: 'CANCELLED' });
  });

  test('leaves what has ended as it is', async () => {
    const { id } = await run();
    await finish(id);
    expect(await read(await post(`/v2/birefnet/cancel/${id}`))).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('/retry', () => {
  test('queues what has failed again, under the same id', async () => {
    const { id } = await run();
    await fail(id, 'corrupt_image');
    expect(await read(await post(`/v2/birefnet/retry/${id}`))).toEqual({ id, status: 'IN_QUEUE' });
    expect(await statusOf(id)).toMatchObject({ status: 'IN_QUEUE' });
  });

  test.each(['queued', 'completed', 'canceled'])('refuses a job that is %s', async (state) => {
    const { id } = await run();
    if (state === 'completed') await finish(id);
    if (state === 'canceled') await post(`/v2/birefnet/cancel/${id}`);
    const response = await post(`/v2/birefnet/retry/${id}`);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.any(String) }]);
  });
});

test('/purge-queue cancels what waits at this endpoint, and nothing else', async () => {
  const waiting = [await run(), await run()];
  const begun = await run();
  await transition(api.deps.jobs.store, await itemOf(begun.id), 'start');
  const elsewhere = await run({}, '/v2/another/run');
  expect(await read(await post('/v2/birefnet/purge-queue', {}))).toEqual({ removed: 2, status: 'completed' });
  for (const { id } of waiting) expect(await statusOf(id)).toMatchObject({ status: 'CANCELLED' });
  expect(await statusOf(begun.id)).toMatchObject({ status: 'IN_PROGRESS' });
  expect(await statusOf(elsewhere.id)).toMatchObject({ status: 'IN_QUEUE' });
});

test("/health counts the tenant's own jobs", async () => {
  const [done, failed] = [await run(), await run(), await run()];
  await finish(done?.id ?? '');
  await fail(failed?.id ?? '', 'corrupt_image');
  const health = await read<{ jobs: object }>(await get('/v2/birefnet/health'));
  expect(health).toEqual({
    jobs: { completed: 1, failed: 1, inProgress: 0, inQueue: 1, retried: 0 },
    workers: { idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0 },
  });
  expect(await read(await get('/v2/birefnet/health', 'theirs'))).toMatchObject({ jobs: { completed: 0, inQueue: 0 } });
});

test('without a prefix it is the server that the worker starts by itself', async () => {
  const { id, status } = await run({}, '/run');
  expect(status).toBe('IN_QUEUE');
  expect(await read(await post(`/status/${id}`))).toMatchObject({ id, status: 'IN_QUEUE' });
  await finish(id);
  expect(await read(await get(`/status/${id}`))).toMatchObject({ id, status: 'COMPLETED' });
});

test.each(['a b', 'x'.repeat(101)])('%j is no endpoint', async (name) => {
  const response = await post(`/v2/${encodeURIComponent(name)}/run`, { input });
  expect([response.status, await response.json()]).toEqual([404, { error: expect.any(String) }]);
});
