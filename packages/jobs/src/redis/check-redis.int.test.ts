import { startRedis, startRedisCluster, startRedisSentinel, type TestRedis } from '@packshot/testing';
import { Redis } from 'ioredis';
import { jobsConfig } from '../config';
import { waitForRedis } from '../connection';
import { openJobs } from '../open-jobs';
import { checkRedis } from './check-redis';
import { isRedisAway } from './is-redis-away';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(args: readonly string[] = []): Promise<TestRedis> {
  const redis = await startRedis({ own: true, args });
  opened.push(() => redis.stop());
  return redis;
}

async function check(settings: Record<string, string>, now?: () => number) {
  const jobs = openJobs(jobsConfig.parse(settings), { failFast: false, name: 'test' });
  for (const queue of [jobs.queues.items, jobs.queues.webhooks]) queue.on('error', () => {});
  opened.push(() => jobs.close());
  await waitForRedis(jobs.store.redis, 10_000);
  return checkRedis(jobs.store, now);
}

/** Settings of a user with these rules. */
async function settingsOf(redis: TestRedis, rules: readonly string[]) {
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'shop', 'on', '>pw', '~*', '&*', '+@all', ...rules);
  admin.disconnect();
  return { REDIS_URL: redis.url, REDIS_USERNAME: 'shop', REDIS_PASSWORD: 'pw', REDIS_CHECKS: 'warn' };
}

test('a Redis that keeps what it answers is fit, and says what it is', async () => {
  const { url } = await start();
  const { facts, findings } = await check({ REDIS_URL: url });
  expect(findings).toEqual([]);
  expect(facts).toEqual({
    mode: 'single',
    servers: [
      {
        product: expect.stringMatching(/redis|valkey/),
        redisVersion: expect.stringMatching(/^\d+\.\d+/),
        ...{ evictionPolicy: 'noeviction', role: 'master', appendOnly: true, appendFsync: 'always' },
      },
    ],
  });
});

test('one that evicts is refused, and one without a journal complained of', async () => {
  const { url } = await start(['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no']);
  expect((await check({ REDIS_URL: url })).findings).toEqual([
    { severity: 'refuse', message: expect.stringMatching(/allkeys-lru.*must be noeviction/) },
    { severity: 'warn', message: expect.stringMatching(/LOSES ACCEPTED JOBS.*appendonly yes/) },
  ]);
});

test('a replica is refused', async () => {
  const master = await start();
  const { url } = await start(['--replicaof', '127.0.0.1', new URL(master.url).port]);
  expect((await check({ REDIS_URL: url })).findings).toEqual([
    { severity: 'refuse', message: expect.stringMatching(/replica.*name the master/) },
  ]);
});

test('clocks more than five seconds apart are complained of', async () => {
  const { url } = await start();
  const { findings } = await check({ REDIS_URL: url }, () => Date.now() - 7000);
  expect(findings).toEqual([{ severity: 'warn', message: expect.stringMatching(/7 s behind .*NTP/) }]);
  expect((await check({ REDIS_URL: url }, () => Date.now() + 4000)).findings).toEqual([]);
});

test('one that does not answer INFO or CONFIG is refused in words that say what to allow', async () => {
  const settings = await settingsOf(await start(), ['-info', '-config']);
  expect((await check(settings)).findings).toEqual([
    { severity: 'refuse', message: expect.stringMatching(/INFO.*REDIS_CHECKS=warn/) },
  ]);
});

test('with REDIS_CHECKS=warn the queues work with one that does not answer INFO', async () => {
  const settings = await settingsOf(await start(), ['-info']);
  const jobs = openJobs(jobsConfig.parse(settings), { failFast: false, name: 'test' });
  opened.push(() => jobs.close());
  await jobs.queues.addItems(['a', 'b']);
  expect(await jobs.queues.items.getWaitingCount()).toBe(2);
});

test('one that keeps scripts from us is refused', async () => {
  const settings = await settingsOf(await start(), ['-evalsha', '-eval']);
  expect((await check(settings)).findings).toEqual([
    { severity: 'refuse', message: expect.stringMatching(/scripts.*NOPERM.*EVAL/) },
  ]);
});

test('one that is full is away for the moment, not unfit', async () => {
  const { url } = await start(['--maxmemory', '1mb']);
  const fault: unknown = await check({ REDIS_URL: url }).catch((error: unknown) => error);
  expect(String(fault)).toMatch(/OOM/);
  expect(isRedisAway(fault)).toBe(true);
});

test('every master of a Cluster is asked', async () => {
  const cluster = await startRedisCluster();
  opened.push(() => cluster.stop());
  const client = new Redis(cluster.nodes[2]?.url ?? '');
  await client.config('SET', 'maxmemory-policy', 'volatile-ttl');
  client.disconnect();
  const { facts, findings } = await check({ REDIS_URL: cluster.url });
  expect(facts).toMatchObject({ mode: 'cluster', servers: [{}, {}, {}] });
  expect(findings).toMatchObject([{ severity: 'refuse', message: expect.stringContaining('volatile-ttl') }]);
});

test('the master that Sentinels name is asked', async () => {
  const sentinel = await startRedisSentinel();
  opened.push(() => sentinel.stop());
  const settings = { REDIS_URL: sentinel.url, REDIS_SENTINEL_PASSWORD: sentinel.sentinelPassword };
  const { facts, findings } = await check(settings);
  expect(facts).toMatchObject({ mode: 'sentinel', servers: [{ role: 'master' }] });
  expect(findings).toEqual([]);
});
