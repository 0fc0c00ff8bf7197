import type { JobView } from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { accepted, postJson, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let api: TestApi;
beforeEach(async () => {
  api = await startApi(redis.url);
});
afterEach(() => api.close());

const post = async (customId?: string): Promise<JobView> => {
  const base64 = png(1, 1).toString('base64');
  const item = { base64, ...(customId !== undefined && { custom_id: customId }) };
  return accepted(await postJson(api.url, { items: [item] }));
};

interface Page {
  jobs: JobView[];
  next: string | null;
}

const page = async (url: string): Promise<Page> => {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
};

describe('200', () => {
  test('leads through all jobs by its own links, newest first, as each job shows itself', async () => {
    const jobs: JobView[] = [];
    for (let i = 0; i < 5; i += 1) jobs.push(await post());
    const listed: JobView[] = [];
    let pages = 0;
    for (let next: string | null = `${api.url}/jobs?limit=2`; next; pages += 1) {
      const { jobs: some, next: following } = await page(next);
      listed.push(...some);
      next = following;
    }
    expect(listed).toEqual(jobs.reverse());
    expect(pages).toBe(3);
  });

  test('keeps the filters in the link to the next page, and names that in the header too', async () => {
    for (const id of ['a', 'b', 'a', 'a']) await post(id);
    const query = 'custom_id=a&status=queued&created_after=2020-01-01T00%3A00%3A00%2B01%3A00&limit=2';
    const response = await fetch(`${api.url}/jobs?${query}`);
    const { jobs, next } = (await response.json()) as Page;
    expect(jobs).toHaveLength(2);
    expect(response.headers.get('link')).toBe(`<${next}>; rel="next"`);
    const last = await fetch(next ?? '');
    expect(await last.json()).toMatchObject({ jobs: [{}], next: null });
    expect(last.headers.get('link')).toBeNull();
  });

  test('finds no job created from now on', async () => {
    await post();
    expect(await page(`${api.url}/jobs?created_after=2999-01-01T00:00:00Z`)).toEqual({ jobs: [], next: null });
    expect((await page(`${api.url}/jobs?created_before=2999-01-01T00:00:00Z`)).jobs).toHaveLength(1);
  });

  test('shows an admin his own jobs, and those of a tenant he names', async () => {
    const job = await post();
    expect((await page(`${api.url}/jobs`)).jobs).toEqual([job]);
    expect((await page(`${api.url}/jobs?tenant=default`)).jobs).toEqual([job]);
    expect((await page(`${api.url}/jobs?tenant=another`)).jobs).toEqual([]);
  });

  test('answers HEAD with no body', async () => {
    const response = await fetch(`${api.url}/jobs`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('304', () => {
  test('answers a client that has the page', async () => {
    await post();
    const etag = (await fetch(`${api.url}/jobs`)).headers.get('etag') ?? '';
    const again = () => fetch(`${api.url}/jobs`, { headers: { 'if-none-match': etag } });
    expect((await again()).status).toBe(304);
    await post();
    expect((await again()).status).toBe(200);
  });
});

describe('400', () => {
  test.each([
    ['limit=101', '/limit'],
    ['status=done', '/status'],
    ['created_after=yesterday', '/created_after'],
    ['custom_id=', '/custom_id'],
    ['cursor=nonsense', '/cursor'],
    ['sort=name', '/sort'],
  ])('refuses %s and points at it', async (query, pointer) => {
    const response = await fetch(`${api.url}/jobs?${query}`);
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });
});

describe('403', () => {
  test('refuses the jobs of another tenant to those who are no admins', async () => {
    const guarded = await startApi(redis.url, { API_KEYS: 'shop=key-of-the-shop' });
    try {
      const headers = { authorization: 'Bearer key-of-the-shop' };
      expect((await fetch(`${guarded.url}/jobs?tenant=shop`, { headers })).status).toBe(200);
      const response = await fetch(`${guarded.url}/jobs?tenant=other`, { headers });
      expect(response.status).toBe(403);
      expect((await problem(response)).code).toBe('forbidden');
    } finally {
      await guarded.close();
    }
  });
});
