import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisKeys } from '@packshot/jobs';
import { poll, startNode, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';
import { Redis } from 'ioredis';
import { png } from './fixtures/images';
import { beginUpload } from './fixtures/raw-upload';
import type { HealthReport } from './health/schema';

/** The process as it is deployed; needs a build. */
const MAIN = join(__dirname, '../dist/main.js');

let redis: TestRedis;
let folder: string;
let child: TestProcess | undefined;
beforeAll(async () => {
  redis = await startRedis({ own: true });
  folder = await mkdtemp(join(tmpdir(), 'packshot-api-'));
});
afterEach(() => child?.stop());
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

const settings = (more: Record<string, string> = {}) => ({
  REDIS_URL: redis.url,
  STORAGE_DIR: folder,
  PACKSHOT_CONFIG: '/dev/null',
  HOST: undefined,
  PORT: '0',
  ...more,
});

async function start(options: { env?: Record<string, string>; ipc?: boolean } = {}) {
  child = await startNode(MAIN, { env: settings(options.env), ipc: options.ipc ?? false });
  const line = await child.waitForLine(/^packshot api listening on http:/);
  return { child, url: /http:\S+/.exec(line)?.[0] ?? '' };
}

const report = async (url: string) => (await (await fetch(`${url}/health`)).json()) as HealthReport;

describe('starting', () => {
  test('prints where it listens and tells its parent the port', async () => {
    const messages: unknown[] = [];
    child = await startNode(MAIN, { env: settings(), ipc: true });
    child.child.on('message', (message) => messages.push(message));
    const line = await child.waitForLine(/^packshot api listening on http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(line.split(':').at(-1));
    await poll(() => messages.length > 0, { what: 'the message' });
    expect(messages).toEqual([{ type: 'ready', port }]);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });

  test('works without Redis, and says that it is not ready', async () => {
    const { url } = await start({ env: { REDIS_URL: 'redis://127.0.0.1:1' } });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  });

  test.each([
    ['another address without keys', { HOST: '0.0.0.0' }, /API_KEYS.*0\.0\.0\.0/],
    ['a port that is none', { PORT: '70000' }, /PORT/],
    ['no Redis address', { REDIS_URL: '' }, /REDIS_URL/],
  ])('is refused with %s', async (_what, env, message) => {
    child = await startNode(MAIN, { env: settings(env) });
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toMatch(message);
  });

  test.each([
    ['keys', { API_KEYS: 'a' }, /^(?!.*ANYONE)/s],
    ['ALLOW_UNAUTHENTICATED, which it complains of', { ALLOW_UNAUTHENTICATED: 'true' }, /ANYONE WHO REACHES/],
  ])('on another address takes %s', async (_what, env, log) => {
    const { child: running } = await start({ env: { HOST: '0.0.0.0', ...env } });
    expect(running.output()).toMatch(log);
  });

  test('is refused on a port that is taken', async () => {
    const { url } = await start();
    const second = await startNode(MAIN, { env: settings({ PORT: new URL(url).port }) });
    expect((await second.exited).code).toBe(1);
    expect(second.output()).toMatch(/^This cannot start:\n {2}HOST and PORT: .*EADDRINUSE.*\n$/m);
    expect(second.output()).not.toContain(' at ');
  });

  test('is refused with a folder that is none, in one line', async () => {
    child = await startNode(MAIN, { env: settings({ STORAGE_DIR: __filename }) });
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toMatch(/^ {2}The object store cannot be opened \(ENOTDIR: .*\)\.$/m);
    expect(child.output()).not.toContain(' at ');
  });
});

describe('ending', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('on %s finishes the requests in flight, then exits 0', async (signal) => {
    const { child: running, url } = await start();
    const image = png(1, 1, 100_000);
    const upload = await beginUpload(url, { bytes: image.length });
    await poll(async () => (await report(url)).api.requests_in_flight === 1, { what: 'the upload' });
    running.child.kill(signal);
    await running.waitForLine(/shutting down/);
    await poll(
      () =>
        fetch(url).then(
          () => false,
          () => true,
        ),
      { what: 'the port to be closed' },
    );
    upload.write(image);
    upload.finish();
    expect(await upload.answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  test('does not wait for connections that are only kept alive', async () => {
    const { child: running, url } = await start();
    await (await fetch(`${url}/health/live`)).text();
    expect(await running.stop({ timeoutMs: 5000 })).toEqual({ code: 0, signal: null });
  });

  test('follows when its parent is gone', async () => {
    const { child: running } = await start({ ipc: true });
    const exit = once(running.child, 'exit');
    running.child.disconnect();
    expect(await exit).toEqual([0, null]);
    // Node never tells that the streams of a child have closed once its channel was closed from this side.
    child = undefined;
  });
});

describe('a kill', () => {
  const keys = redisKeys('packshot');
  const image = png(1, 1, 300_000);
  let client: Redis;
  beforeAll(() => {
    client = new Redis(redis.url);
  });
  afterAll(() => client.disconnect());
  beforeEach(() => client.flushdb());

  test.each([0, 1, 100_000, 300_000])(
    'after %i bytes of a file leaves no job, and a mark for the sweeper',
    async (bytes) => {
      const { child: running, url } = await start();
      const upload = await beginUpload(url, { bytes: image.length });
      upload.write(image.subarray(0, bytes));
      const uploads = () => client.zcard(keys.uploading);
      await poll(async () => (await uploads()) === 1, { what: 'the upload to begin' });
      await running.kill9();
      await upload.answer;
      expect(await uploads()).toBe(1);
      expect(await client.keys(`${keys.bullPrefix}:job:*`)).toEqual([]);
      expect(await client.keys(`${keys.bullPrefix}:item:*`)).toEqual([]);
      expect(await client.scard(keys.unqueued)).toBe(0);
    },
  );

  test('after the answer leaves the whole job, queued', async () => {
    const { child: running, url } = await start();
    const upload = await beginUpload(url, { bytes: image.length });
    upload.write(image);
    upload.finish();
    const id = /Location: \S+(job_\S+)/.exec(await upload.answer)?.[1] ?? '';
    await running.kill9();
    expect(await client.hgetall(keys.job(id))).toMatchObject({ id, total: '1', queued: '1' });
    expect(await client.llen(`${keys.bullPrefix}:items:wait`)).toBe(1);
    expect(await client.zcard(keys.uploading)).toBe(0);
    const itemId = (await client.lrange(keys.jobItems(id), 0, -1))[0];
    expect((await stat(join(folder, 'jobs', id, String(itemId), 'original'))).size).toBe(image.length);
  });
});
