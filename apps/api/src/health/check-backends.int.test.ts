import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll, startNode, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';
import { Redis } from 'ioredis';

/** The process as it is deployed; needs a build. */
const MAIN = join(__dirname, '../../dist/main.js');

let folder: string;
let redis: TestRedis;
let client: Redis;
let child: TestProcess | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-api-'));
  redis = await startRedis({ own: true });
});
beforeEach(async () => {
  client = new Redis(redis.url);
  client.on('error', () => {});
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
});
afterEach(async () => {
  client.disconnect();
  await child?.stop();
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

const start = (env: Record<string, string>) =>
  startNode(MAIN, {
    env: {
      REDIS_URL: redis.url,
      STORAGE_DIR: folder,
      PACKSHOT_CONFIG: '/dev/null',
      HOST: undefined,
      PORT: '0',
      ...env,
    },
  });

describe('an API with a Redis that is not fit', () => {
  test('does not start, and says what to do without a stack', async () => {
    child = await start({});
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toMatch(/This cannot start:\n {2}maxmemory-policy is allkeys-lru.*CONFIG SET/);
    expect(child.output()).not.toMatch(/^\s+at /m);
  });

  test('starts with REDIS_CHECKS=warn, and complains', async () => {
    child = await start({ REDIS_CHECKS: 'warn' });
    const line = await child.waitForLine(/^packshot api listening on/);
    expect(child.output()).toMatch(/maxmemory-policy is allkeys-lru/);
    const response = await fetch(`${/http:\S+/.exec(line)?.[0]}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      redis: { ok: true, warnings: [expect.stringContaining('allkeys-lru')] },
    });
  });

  test('goes on when that Redis comes only later, says so, and takes no jobs', async () => {
    await redis.kill9();
    child = await start({});
    const line = await child.waitForLine(/^packshot api listening on/);
    await redis.restart();
    await poll(async () => (await client.config('SET', 'maxmemory-policy', 'allkeys-lru').catch(() => null)) === 'OK');
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await child.waitForLine(/maxmemory-policy is allkeys-lru/);
    expect((await fetch(`${/http:\S+/.exec(line)?.[0]}/health/ready`)).status).toBe(503);
  });
});

test('a Redis that does not let the API in is told of as such, without the password', async () => {
  await client.config('SET', 'maxmemory-policy', 'noeviction');
  await client.call('ACL', 'SETUSER', 'shop', 'on', '>right', '~*', '&*', '+@all');
  child = await start({ REDIS_URL: redis.url.replace('redis://', 'redis://shop:hunter2@') });
  const line = await child.waitForLine(/^packshot api listening on/);
  const response = await fetch(`${/http:\S+/.exec(line)?.[0]}/health/ready`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    reasons: [{ backend: 'redis', reason: expect.stringMatching(/^Redis does not let us in: WRONGPASS /) }],
  });
  expect(child.output()).not.toContain('hunter2');
});

test('an address that cannot be read is refused by name, and the password in it is not shown', async () => {
  child = await start({ REDIS_URL: 'redis://:hunter2@host/0/1', REDIS_TLS_CA: '/nowhere' });
  expect((await child.exited).code).toBe(1);
  expect(child.output()).toMatch(/REDIS_URL: [\s\S]*REDIS_TLS_CA: cannot read \/nowhere/);
  expect(child.output()).not.toContain('hunter2');
});
