import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ItemView, type JobView, newWebhookSecret } from '@packshot/contracts';
import {
  freePort,
  poll,
  sequence,
  startNode,
  startRedis,
  startWebhookSink,
  type TestProcess,
  type TestRedis,
} from '@packshot/testing';
import { Webhook } from 'standardwebhooks';

/**
 * A shop that hands in 500 images while everything it talks to is killed at moments that a fixed seed decides: the API in
 * the middle of requests, workers, their engines, and Redis (`appendfsync always`). What was accepted must end once, the
 * counters must say what is there, no result may be torn, and every job's end must be told under one id.
 */
const root = join(__dirname, '../..');
const RUNNER = join(root, 'apps/worker/src/testing/scripted-runner.js');
const JOBS = 25;
const ITEMS = 20;
const KILLS = 30;
const PATIENCE_MS = 120_000;

jest.setTimeout(15 * PATIENCE_MS);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A file that the scripted runner takes 80 ms for and gives back as its result. */
const scripted = (name: string) =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(JSON.stringify({ do: 'wait', ms: 80, name }))]);

/** The system under attack. What dies is started again, as a supervisor would. */
class Machine {
  api!: TestProcess;
  readonly workers: TestProcess[] = [];

  constructor(
    readonly redis: TestRedis,
    readonly env: Record<string, string>,
    readonly port: number,
  ) {}

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async startApi(): Promise<void> {
    this.api = await startNode(join(root, 'apps/api/dist/main.js'), { env: { ...this.env, PORT: String(this.port) } });
    await this.api.waitForLine(/listening on/, PATIENCE_MS);
  }

  async startWorker(index: number): Promise<void> {
    const worker = await startNode(join(root, 'apps/worker/dist/main.js'), {
      args: [RUNNER],
      env: this.env,
      ipc: true,
    });
    await worker.waitForLine(/worker ready/, PATIENCE_MS);
    this.workers[index] = worker;
  }

  async kill(random: () => number): Promise<void> {
    const victim = random();
    if (victim < 0.3) {
      await this.api.kill9();
      await this.startApi();
    } else if (victim < 0.55) {
      const index = random() < 0.5 ? 0 : 1;
      await this.workers[index]?.kill9();
      await this.startWorker(index);
    } else if (victim < 0.8) {
      const engines = this.workers.flatMap(({ pid }) => childrenOf(pid));
      const pid = engines[Math.floor(random() * engines.length)];
      if (pid !== undefined) killIfThere(pid);
    } else {
      await this.redis.kill9();
      await this.redis.restart();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.workers].map((process) => process?.kill9()));
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Asks until there is an answer that is not "come back later": what a careful client does. */
async function persist(ask: () => Promise<Response>, what: string): Promise<Response> {
  return poll(
    async () => {
      const response = await ask().catch(() => null);
      return response && response.status !== 409 && response.status < 500 && response;
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 100, what },
  );
}

async function submit(machine: Machine, job: number, hook: string): Promise<JobView> {
  const send = () => {
    const form = new FormData();
    form.append('webhook_url', hook);
    for (let i = 0; i < ITEMS; i++)
      form.append('files', new Blob([new Uint8Array(scripted(`${job}-${i}`))]), `${i}.png`);
    // The same key on every try: however often the answer is lost, there is one job.
    return fetch(`${machine.base}/jobs`, { method: 'POST', body: form, headers: { 'idempotency-key': `shop-${job}` } });
  };
  const response = await persist(send, `job ${job} to be accepted`);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as JobView;
}

async function json<T>(url: string): Promise<T> {
  const response = await persist(() => fetch(url), url);
  return (await response.json()) as T;
}

test.each([11, 23])('nothing is lost while API, workers, engines and Redis are killed (seed %d)', async (seed) => {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-kill-'));
  await mkdir(join(folder, 'redis'));
  const [redis, sink, port] = await Promise.all([
    startRedis({ own: true, fsync: 'always', dataDir: join(folder, 'redis') }),
    startWebhookSink(),
    freePort(),
  ]);
  const secret = newWebhookSecret();
  const machine = new Machine(
    redis,
    {
      REDIS_URL: redis.url,
      STORAGE_DIR: join(folder, 'objects'),
      SPOOL_DIR: join(folder, 'spool'),
      WEBHOOK_SECRET: secret,
      ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      LOCK_SECONDS: '3',
      STALLED_INTERVAL_SECONDS: '1',
      THREADS: '1',
      LOG_FORMAT: 'text',
    },
    port,
  );
  try {
    await Promise.all([machine.startApi(), machine.startWorker(0), machine.startWorker(1)]);
    const random = sequence(seed);
    let submitting = true;
    const submitted = (async () => {
      const jobs: JobView[] = [];
      for (let job = 0; job < JOBS; job++) jobs.push(await submit(machine, job, sink.url));
      submitting = false;
      return jobs;
    })();
    const pause = () => new Promise((resolve) => setTimeout(resolve, Math.round(random() * 700)));
    for (let kill = 0; kill < KILLS || submitting; kill++) {
      await pause();
      await machine.kill(random);
    }
    const jobs = await submitted;

    expect(new Set(jobs.map(({ id }) => id)).size).toBe(JOBS);
    for (const [number, job] of jobs.entries()) await expectWhole(job, number);
    await expectTold(jobs, sink, secret);
    const listed = await json<{ jobs: JobView[] }>(`${machine.base}/jobs?limit=100`);
    expect(listed.jobs.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
  } finally {
    await machine.stop();
    await Promise.all([sink.close(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
});

/**
 * Every item has ended, the counters say what the items say, and a result is the file that was sent. An engine that is
 * killed twice under the same item is, for the worker, one that the item crashed twice; nothing else may fail.
 */
async function expectWhole(job: JobView, number: number): Promise<void> {
  const end = await poll(
    async () => {
      const now = await json<JobView>(job.links.self);
      return now.completed_at !== null && now;
    },
    { timeoutMs: 5 * PATIENCE_MS, intervalMs: 200, what: `the end of ${job.id}` },
  );
  const { items } = await json<{ items: ItemView[] }>(job.links.items);
  const tally = (status: string) => items.filter((item) => item.status === status).length;
  expect(items).toHaveLength(ITEMS);
  expect(end.counts).toEqual({
    total: ITEMS,
    queued: 0,
    processing: 0,
    succeeded: tally('succeeded'),
    failed: tally('failed'),
    canceled: 0,
  });
  expect(end.counts.succeeded + end.counts.failed).toBe(ITEMS);
  for (const item of items) {
    if (item.status === 'failed') expect(item.error?.code).toBe('engine_crashed');
    if (!item.result) continue;
    const bytes = Buffer.from(await (await persist(() => fetch(item.links.result), item.id)).arrayBuffer());
    expect(bytes.equals(scripted(`${number}-${item.index}`))).toBe(true);
    expect(sha256(bytes)).toBe(item.result.sha256);
  }
}

/** Every job's end was told at least once, signed, and however often it was told, under one id. */
async function expectTold(
  jobs: readonly JobView[],
  sink: Awaited<ReturnType<typeof startWebhookSink>>,
  secret: string,
): Promise<void> {
  const ids = jobs.map(({ id }) => id);
  const told = () => {
    const byJob = new Map<string, Set<string>>();
    for (const { body, headers } of sink.deliveries) {
      const { data } = new Webhook(secret).verify(body, headers as Record<string, string>) as { data: JobView };
      byJob.set(data.id, (byJob.get(data.id) ?? new Set()).add(String(headers['webhook-id'])));
    }
    return byJob;
  };
  await poll(() => ids.every((id) => told().has(id)), { timeoutMs: PATIENCE_MS, what: 'all webhooks' });
  expect([...told().keys()].sort()).toEqual([...ids].sort());
  for (const messages of told().values()) expect(messages.size).toBe(1);
}
