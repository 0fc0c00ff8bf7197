import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ItemView, type JobView, newWebhookSecret, type UploadTicket } from '@packshot/contracts';
import { poll, startNode, startRedis, startWebhookSink, type TestProcess, type TestRedis } from '@packshot/testing';

/**
 * One job of 10,000 images from acceptance to its last webhook, on real processes. The engine is a scripted one: what is
 * tried here is the platform around it. Some of the images fail; the second run is for them.
 */
const root = join(__dirname, '../..');
const RUNNER = join(root, 'apps/worker/src/testing/scripted-runner.js');
const ITEMS = 10_000;
/** Images that fail until one of them has. */
const BAD = 10;

jest.setTimeout(900_000);

let folder: string;
let redis: TestRedis;
let sink: Awaited<ReturnType<typeof startWebhookSink>>;
const processes: TestProcess[] = [];
let base: string;

async function start(main: string, ready: RegExp, args: string[], env: Record<string, string>): Promise<string> {
  const started = await startNode(join(root, main), { args, env, ipc: true });
  processes.push(started);
  return started.waitForLine(ready, 60_000);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-thousands-'));
  [redis, sink] = await Promise.all([startRedis({ own: true, fsync: 'always' }), startWebhookSink()]);
  const env = {
    REDIS_URL: redis.url,
    STORAGE_DIR: join(folder, 'objects'),
    SPOOL_DIR: join(folder, 'spool'),
    WEBHOOK_SECRET: newWebhookSecret(),
    ALLOW_PRIVATE_HOSTS: '127.0.0.1',
    WORKER_CONCURRENCY: '8',
    THREADS: '1',
    LOG_FORMAT: 'text',
  };
  const line = await start('apps/api/dist/main.js', /listening on http/, [], { ...env, PORT: '0', LOG_LEVEL: 'warn' });
  base = /http:\/\/\S+/.exec(line)?.[0] ?? '';
  await start('apps/worker/dist/main.js', /worker ready/, [RUNNER], env);
});

afterAll(async () => {
  await Promise.all(processes.map((started) => started.stop()));
  await Promise.all([sink?.close(), redis?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function json<T>(url: string, body?: unknown): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, body === undefined ? {} : init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** An upload that holds what the scripted runner is to do. */
async function upload(script: object): Promise<string> {
  const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(JSON.stringify(script))]);
  const ticket = await json<UploadTicket>(`${base}/uploads`, { content_type: 'image/png', bytes: bytes.length });
  const sent = await fetch(ticket.url ?? '', { method: 'PUT', body: new Uint8Array(bytes), headers: ticket.headers });
  expect(sent.ok).toBe(true);
  return ticket.id;
}

const ended = (job: JobView, run: number) =>
  poll(
    async () => {
      const now = await json<JobView>(`${job.links.self}?wait=20`);
      return now.run === run && now.completed_at !== null && now;
    },
    { timeoutMs: 600_000, what: `the end of run ${run}` },
  );

test('all 10,000 items of a job end, and each run is told exactly once', async () => {
  const [good, bad] = await Promise.all([
    upload({ do: 'succeed' }),
    upload({ do: 'fail', code: 'corrupt_image', once: join(folder, 'never') }),
  ]);
  const items = Array.from({ length: ITEMS }, (_, index) => ({
    upload: index % (ITEMS / BAD) === 7 ? bad : good,
    custom_id: `sku-${index}`,
  }));
  const job = await json<JobView>(`${base}/jobs`, { items, webhook_url: sink.url });
  expect(job.counts).toMatchObject({ total: ITEMS, queued: ITEMS });

  // The first of the bad ones fails and leaves its mark, which lets the others of its kind succeed.
  const first = await ended(job, 1);
  expect(first.status).toBe('partially_succeeded');
  expect(first.counts).toMatchObject({ total: ITEMS, queued: 0, processing: 0, canceled: 0 });
  expect(first.counts.succeeded + first.counts.failed).toBe(ITEMS);
  const { items: failed } = await json<{ items: ItemView[] }>(`${job.links.items}?status=failed&limit=1000`);
  expect(failed).toHaveLength(first.counts.failed);
  for (const { error } of failed) expect(error?.code).toBe('corrupt_image');

  const retried = await json<JobView>(job.links.retry, {});
  expect(retried.run).toBe(2);
  expect((await ended(job, 2)).status).toBe('succeeded');

  await poll(() => sink.deliveries.length >= 2, { timeoutMs: 60_000, what: 'both webhooks' });
  // Whatever else were told would be told by now: the outbox and the queue of webhooks are empty.
  await poll(
    async () => {
      const { deliveries } = await json<{ deliveries: { status: string }[] }>(`${base}/webhooks/deliveries`);
      return deliveries.every(({ status }) => status === 'delivered');
    },
    { timeoutMs: 60_000, what: 'every delivery to have arrived' },
  );
  const told = sink.deliveries.map(({ body }) => JSON.parse(body) as { type: string; data: JobView });
  expect(told.map(({ type, data }) => `${data.run} ${type}`)).toEqual(['1 job.partially_succeeded', '2 job.succeeded']);
  expect(new Set(sink.deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
});
