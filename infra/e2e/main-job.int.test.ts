import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeRaw,
  poll,
  type RawImage,
  repositoryRoot,
  startNode,
  startRedis,
  startS3,
  startWebhookSink,
  type TestProcess,
  type TestRedis,
  type TestS3,
  transparentPhoto,
  type WebhookSink,
} from '@packshot/testing';
import { Webhook } from 'standardwebhooks';

/**
 * The whole product as a shop meets it: a Redis and an S3 server that others run, one API, two workers, a receiver of
 * webhooks. A real photo goes through all four stages.
 */
const root = repositoryRoot();
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;
const photo = readFileSync(join(root, 'infra/embedded/samples/t-shirts_man_t-shirt_01.jpg'));

let redis: TestRedis;
let s3: TestS3;
let sink: WebhookSink;
let env: Record<string, string>;
let api: TestProcess;
let base: string;
const workers: TestProcess[] = [];

const startWorker = async () => {
  const worker = await startNode(join(root, 'apps/worker/dist/main.js'), { env });
  workers.push(worker);
  await worker.waitForLine(/ready/, 120_000);
  return worker;
};

beforeAll(async () => {
  [redis, s3, sink] = await Promise.all([startRedis(), startS3(), startWebhookSink()]);
  env = {
    ...s3.environment(await s3.createBucket()),
    REDIS_URL: redis.url,
    REDIS_PREFIX: `e2e-${process.pid}`,
    WEBHOOK_SECRET: secret,
    ALLOW_PRIVATE_HOSTS: new URL(sink.url).host,
    LOG_FORMAT: 'text',
    THREADS: '1',
    LOCK_SECONDS: '4',
    STALLED_INTERVAL_SECONDS: '2',
  };
  api = await startNode(join(root, 'apps/api/dist/main.js'), { env: { ...env, PORT: '0' } });
  const [line] = await Promise.all([api.waitForLine(/listening on/, 60_000), startWorker(), startWorker()]);
  base = /http:\/\/\S+/.exec(line)?.[0] ?? '';
}, 180_000);

afterAll(async () => {
  await Promise.all([api, ...workers].map((process) => process?.stop()));
  await Promise.all([sink?.close(), redis?.stop(), s3?.stop()]);
}, 60_000);

interface Job {
  id: string;
  status: string;
  counts: Record<string, number>;
  links: { self: string; items: string };
}
interface Item {
  id: string;
  status: string;
  attempts: number;
  input: { width: number; height: number };
  result: { url: string; width: number; height: number; sha256: string } | null;
  also: { mask?: { url: string } };
  stages: { name: string; model: string | null; provider: string | null; skipped: string | null }[];
  error: { code: string } | null;
}

const json = async <T>(url: string, init?: RequestInit): Promise<T> => (await fetch(url, init)).json() as Promise<T>;

async function submit(files: [string, Buffer][], pipeline: object): Promise<Job> {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  form.append('pipeline', JSON.stringify(pipeline));
  form.append('webhook_url', `${sink.url}hook`);
  const response = await fetch(`${base}/jobs`, { method: 'POST', body: form });
  expect(response.status).toBe(202);
  const job = (await response.json()) as Job;
  expect(response.headers.get('location')).toBe(job.links.self);
  return job;
}

const ended = (job: Job) =>
  poll(
    async () => {
      const now = await json<Job>(job.links.self);
      return !['queued', 'processing'].includes(now.status) && now;
    },
    { timeoutMs: 180_000, intervalMs: 200, what: `the end of ${job.id}` },
  );

const items = async (job: Job) => (await json<{ items: Item[] }>(job.links.items)).items;

async function picture(url: string): Promise<RawImage> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return decodeRaw(Buffer.from(await response.arrayBuffer()));
}

/** Share of the pixels whose alpha is at least `least`. */
function opaqueShare(image: RawImage, least = 250): number {
  let count = 0;
  for (let i = 3; i < image.data.length; i += 4) if ((image.data[i] ?? 0) >= least) count++;
  return count / (image.width * image.height);
}

it('turns a real photo into a cut-out of twice the size through every part, and tells the shop', async () => {
  const pipeline = { denoise: true, shadow: true, background: true, upscale: { scale: 2 } };
  const job = await submit(
    [
      ['a.jpg', photo],
      ['b.png', await transparentPhoto({ width: 96, height: 64 })],
    ],
    pipeline,
  );
  expect((await ended(job)).status).toBe('succeeded');

  const [first, second] = await items(job);
  if (!first?.result || !second?.result) throw new Error('an item has no result');
  expect(first.stages.map((stage) => stage.name)).toEqual(['denoise', 'shadow', 'background', 'upscale']);
  expect(first.stages.map((stage) => stage.skipped)).toEqual([null, null, null, null]);
  expect(first.stages.map((stage) => stage.provider)).toEqual(['cpu', null, 'cpu', 'cpu']);
  expect(first.stages.map((stage) => stage.model)).toEqual([
    'compact-denoise',
    null,
    'compact-cutout',
    'compact-upscale-int8',
  ]);

  const result = await picture(first.result.url);
  expect([result.width, result.height, result.channels]).toEqual([2400, 3200, 4]);
  expect([result.width, result.height]).toEqual([first.result.width, first.result.height]);
  // The man in the shirt fills about half of the picture; the rest is cut away.
  expect(opaqueShare(result)).toBeGreaterThan(0.35);
  expect(opaqueShare(result)).toBeLessThan(0.75);
  const mask = await picture(first.also.mask?.url ?? '');
  expect([mask.width, mask.height]).toEqual([2400, 3200]);
  const small = await picture(second.result.url);
  expect([small.width, small.height, small.channels]).toEqual([192, 128, 4]);

  const [delivery] = await sink.waitFor((one) => one.body.includes(job.id), 30_000);
  const payload = new Webhook(secret).verify(delivery?.body ?? '', delivery?.headers as Record<string, string>);
  expect(payload).toMatchObject({ type: 'job.succeeded', data: { id: job.id, counts: { succeeded: 2 } } });
}, 240_000);

it('finishes on another worker what a killed one had in hand, and leaves no engine behind', async () => {
  const files = Array.from({ length: 4 }, (_, index): [string, Buffer] => [`${index}.jpg`, photo]);
  const job = await submit(files, { denoise: true });
  const victim = workers[0];
  if (!victim) throw new Error('no worker');
  await poll(async () => (await items(job)).filter((item) => item.status === 'processing').length >= 4, {
    timeoutMs: 60_000,
    what: 'both workers to be busy',
  });
  await victim.kill9();
  expect((await ended(job)).status).toBe('succeeded');
  const attempts = (await items(job)).map((item) => item.attempts);
  expect(Math.max(...attempts)).toBe(2);
  expect(Math.min(...attempts)).toBe(1);
  expect(sink.deliveries.filter((delivery) => delivery.body.includes(job.id)).length).toBeLessThanOrEqual(1);
  await startWorker();
}, 240_000);

it('lets good images through beside one that is broken', async () => {
  const cut = photo.subarray(0, photo.length / 2);
  const job = await submit(
    [
      ['good.jpg', photo],
      ['cut.jpg', cut],
      ['none.jpg', Buffer.alloc(0)],
    ],
    {},
  );
  const end = await ended(job);
  expect(end.status).toBe('partially_succeeded');
  const [good, broken, empty] = await items(job);
  expect(good?.status).toBe('succeeded');
  expect(broken?.error?.code).toBe('corrupt_image');
  expect(empty?.error?.code).toBe('empty_file');
}, 120_000);

it('shows the providers, devices and queue in its health', async () => {
  const health = await json<{ status: string; workers: { engine: { provider: string; devices: object[] } }[] }>(
    `${base}/health`,
  );
  expect(health.status).toBe('ok');
  expect(health.workers.length).toBeGreaterThanOrEqual(1);
  expect(health.workers[0]?.engine).toMatchObject({ provider: 'cpu', devices: [{ kind: 'cpu' }] });
});
