import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisKeys } from '@packshot/jobs';
import { eventually, poll, startNode, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';
import { Redis } from 'ioredis';
import { accepted, postForm } from './fixtures/client';
import { png } from './fixtures/images';
import { beginUpload } from './fixtures/raw-upload';

/** The process as it is deployed; needs a build. */
const MAIN = join(__dirname, '../dist/main.js');

let redis: TestRedis;
let client: Redis;
let folder: string;
let api: TestProcess;
let url: string;
beforeAll(async () => {
  redis = await startRedis({ own: true });
  client = new Redis(redis.url);
  folder = await mkdtemp(join(tmpdir(), 'packshot-api-'));
});
afterEach(() => api.kill9());
afterAll(async () => {
  client.disconnect();
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function start(settings: Record<string, string> = {}): Promise<void> {
  const env = { REDIS_URL: redis.url, STORAGE_DIR: folder, PACKSHOT_CONFIG: '/dev/null', HOST: undefined, PORT: '0' };
  api = await startNode(MAIN, { env: { ...env, ...settings } });
  url = /http:\S+/.exec(await api.waitForLine(/^packshot api listening on http:/))?.[0] ?? '';
}

/** Whether a new connection is taken. */
function isOpen(): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

const ready = async () => (await fetch(`${url}/health/ready`)).status;
const uploading = async () => {
  const { api: process } = (await (await fetch(`${url}/health`)).json()) as { api: { requests_in_flight: number } };
  return process.requests_in_flight === 1;
};

describe('an API that is asked to end', () => {
  test('says at once that it is not ready, and goes on serving until the delay is over', async () => {
    await start({ SHUTDOWN_DELAY_SECONDS: '600' });
    expect(await ready()).toBe(200);
    api.child.kill('SIGTERM');
    await eventually(async () => expect(await ready()).toBe(503));
    const { reasons } = (await (await fetch(`${url}/health/ready`)).json()) as { reasons: unknown };
    expect(reasons).toEqual([{ backend: 'api', reason: 'It is shutting down.' }]);
    await accepted(await postForm(url, ['files', png(1, 1)]));
    expect(await isOpen()).toBe(true);
    // A second signal says that nobody needs the delay.
    api.child.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });

  test('ends by itself when the delay is over', async () => {
    await start({ SHUTDOWN_DELAY_SECONDS: '0.2' });
    api.child.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });

  test('takes no more connections, finishes the upload in flight, and its job exists', async () => {
    await start();
    const image = png(1, 1, 200_000);
    const upload = await beginUpload(url, { bytes: image.length });
    upload.write(image.subarray(0, 100_000));
    await poll(uploading, { what: 'the upload' });
    api.child.kill('SIGTERM');
    await poll(async () => !(await isOpen()), { what: 'the port to be closed' });
    upload.write(image.subarray(100_000));
    upload.finish();
    const answer = await upload.answer;
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(await api.exited).toEqual({ code: 0, signal: null });
    const id = /Location: \S+(job_\S+)/i.exec(answer)?.[1] ?? '';
    expect(await client.hgetall(redisKeys('packshot').job(id))).toMatchObject({ id, total: '1', queued: '1' });
  });

  test('cuts off what takes longer than it is given, and leaves no job of it', async () => {
    await start({ SHUTDOWN_SECONDS: '0.5' });
    const keys = redisKeys('packshot');
    const before = await client.zcard(keys.jobsOf('default'));
    const upload = await beginUpload(url, { bytes: 100_000 });
    await poll(uploading, { what: 'the upload' });
    api.child.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 1, signal: null });
    await upload.answer;
    expect(await client.zcard(keys.jobsOf('default'))).toBe(before);
  });

  test('lets nobody wait who waits for a job', async () => {
    await start();
    const job = await accepted(await postForm(url, ['files', png(1, 1)]));
    const waiting = fetch(`${job.links.self}?wait=60`);
    const events = await fetch(job.links.events, { headers: { accept: 'text/event-stream' } });
    expect(events.status).toBe(200);
    await poll(
      async () =>
        (await (await fetch(`${url}/metrics`)).text()).includes('packshot_http_streams_open{service="api"} 2'),
      {
        what: 'both to wait',
      },
    );
    api.child.kill('SIGTERM');
    const answer = await waiting;
    expect(answer.status).toBe(200);
    await answer.text();
    await events.text();
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });
});

describe('tending', () => {
  test('goes on without any worker: items that nobody starts in time expire', async () => {
    await start();
    const form = new FormData();
    form.append('files', new Blob([new Uint8Array(png(1, 1))]), 'a.png');
    form.append('ttl', '1');
    const job = await accepted(await fetch(`${url}/jobs`, { method: 'POST', body: form }));
    const status = async () => ((await (await fetch(job.links.self)).json()) as { status: string }).status;
    await poll(async () => (await status()) === 'expired', { timeoutMs: 30_000, what: 'the job to expire' });
    await api.waitForLine(new RegExp(`"job":"${job.id}".*"message":"job ended".*"status":"expired"`));
    await api.waitForLine(/"message":"tended"/);
  });
});
