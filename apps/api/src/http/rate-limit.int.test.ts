import type { CreateApiKey } from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { accepted, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(() => api.close());

const JOB = '/jobs/job_01890000-0000-7000-8000-000000000000';
const get = (key?: string, path = JOB) =>
  fetch(api.url + path, { headers: key ? { authorization: `Bearer ${key}` } : {} });

async function makeKey(fields: Partial<CreateApiKey>): Promise<string> {
  const usual = {
    scopes: ['submit', 'read'],
    sandbox: false,
    requests_per_minute: null,
    megapixels_per_minute: null,
  } as const;
  const { token } = await api.deps.apiKeys.create({
    name: 'k',
    expires_at: null,
    ...usual,
    scopes: ['submit', 'read'],
    ...fields,
  });
  return token;
}

/** Hands in pictures of these sizes, in megapixels. */
function submit(sizes: readonly number[], key?: string): Promise<Response> {
  const form = new FormData();
  for (const size of sizes) form.append('files', new Blob([new Uint8Array(png(1000, size * 1000))]), 'a.png');
  return fetch(`${api.url}/jobs`, {
    method: 'POST',
    body: form,
    headers: key ? { authorization: `Bearer ${key}` } : {},
  });
}

const remaining = (response: Response, name: string) =>
  Number(new RegExp(`"${name}";r=(\\d+);t=\\d+`).exec(response.headers.get('ratelimit') ?? '')?.[1]);

test('without limits nothing is counted and nothing is said', async () => {
  api = await startApi(redis.url);
  const response = await get();
  expect([response.headers.get('ratelimit'), response.headers.get('ratelimit-policy')]).toEqual([null, null]);
  expect(
    await api.deps.jobs.store.redis.keys(`${api.deps.jobs.store.keys.rate('*', '*').replaceAll('%2A', '*')}`),
  ).toEqual([]);
});

describe('requests', () => {
  test('beyond the limit are refused and told when to come back; another tenant is served', async () => {
    api = await startApi(redis.url, { RATE_LIMIT_REQUESTS: '3', API_KEYS: 'a=key-a,b=key-b' });
    for (const left of [2, 1, 0]) {
      const response = await get('key-a');
      expect(response.status).toBe(404);
      expect(response.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=60');
      expect(remaining(response, 'requests')).toBe(left);
    }
    const refused = await get('key-a');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20);
    expect(remaining(refused, 'requests')).toBe(0);
    expect((await problem(refused)).code).toBe('rate_limited');
    expect((await get('key-b')).status).toBe(404);
    expect((await get(undefined, '/health')).status).toBe(200);
  });

  test('are let in again when the time that was told is over', async () => {
    api = await startApi(redis.url, { RATE_LIMIT_REQUESTS: '60', RATE_LIMIT_BURST: '1' });
    expect((await get()).headers.get('ratelimit-policy')).toBe('"requests";q=1;w=1');
    const refused = await get();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    // What a client does that believes Retry-After, with the time passed for it.
    const { redis: client, keys } = api.deps.jobs.store;
    const key = keys.rate('requests', 'default');
    await client.set(key, String(Number(await client.get(key)) - 1000), 'PX', 60_000);
    expect((await get()).status).toBe(404);
  });

  test('of all processes count together, and exactly so many are let in at once', async () => {
    api = await startApi(redis.url, { RATE_LIMIT_REQUESTS: '10' });
    const second = await startApi(redis.url, { RATE_LIMIT_REQUESTS: '10', REDIS_PREFIX: api.deps.config.REDIS_PREFIX });
    try {
      const urls = Array.from({ length: 30 }, (_, i) => (i % 2 ? api : second).url + JOB);
      const statuses = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
      // One flows back every six seconds.
      const served = statuses.filter((status) => status === 404).length;
      expect(served).toBeGreaterThanOrEqual(10);
      expect(served).toBeLessThanOrEqual(12);
      expect(statuses.filter((status) => status === 429).length).toBe(30 - served);
    } finally {
      await second.close();
    }
  });

  test('of a key with a limit of its own count for it alone', async () => {
    api = await startApi(redis.url, { ADMIN_KEYS: 'root' });
    const narrow = await makeKey({ tenant: 'shop', requests_per_minute: 1 });
    const wide = await makeKey({ tenant: 'shop' });
    expect([(await get(narrow)).status, (await get(narrow)).status]).toEqual([404, 429]);
    expect((await get(wide)).status).toBe(404);
  });

  test('of sandbox keys are limited without any setting', async () => {
    api = await startApi(redis.url, { SANDBOX_REQUESTS: '2', RATE_LIMIT_MEGAPIXELS: '1', ADMIN_KEYS: 'root' });
    const token = await makeKey({ tenant: 'shop', sandbox: true });
    await accepted(await submit([3], token));
    const second = await submit([3], token);
    await accepted(second);
    expect(second.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=60');
    expect((await submit([3], token)).status).toBe(429);
  });
});

describe('megapixels', () => {
  test('are charged when a job is made; who is in debt waits, but may still read', async () => {
    api = await startApi(redis.url, { RATE_LIMIT_MEGAPIXELS: '10' });
    const first = await submit([3, 3]);
    const job = await accepted(first);
    expect(first.headers.get('ratelimit-policy')).toBe('"megapixels";q=10;w=60;qu="megapixels"');
    expect(remaining(first, 'megapixels')).toBe(10);
    const second = await submit([9]);
    await accepted(second);
    expect([4, 5]).toContain(remaining(second, 'megapixels'));
    const refused = await submit([1]);
    expect(refused.status).toBe(429);
    expect((await problem(refused)).detail).toContain('megapixels');
    // 5 in debt and 1 to be had again, at 6 s each.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(36);
    expect((await fetch(job.links.self)).status).toBe(200);
    expect(await api.objects()).toHaveLength(3);
  });

  test('of what is refused, or failed on arrival, cost nothing; an unknown size counts as four', async () => {
    api = await startApi(redis.url, { RATE_LIMIT_MEGAPIXELS: '10' });
    const post = (items: object[]) =>
      fetch(`${api.url}/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ items }),
      });
    expect((await post([{ url: 'http://10.0.0.1/' }])).status).toBe(422);
    expect(remaining(await get(), 'megapixels')).toBe(10);
    await accepted(await post([{ url: 'https://shop.example/a.jpg' }, { url: 'http://10.0.0.1/' }]));
    expect(remaining(await get(), 'megapixels')).toBe(6);
  });
});
