import type { JobView, Problem } from '@packshot/contracts';
import { startRedis, type TestRedis } from '@packshot/testing';
import { accepted } from '../fixtures/client';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(() => api.close());

async function createJob(headers: Record<string, string> = {}): Promise<JobView> {
  const body = '{"items":[{"url":"https://example.com/a.png"}]}';
  const type = { 'content-type': 'application/json' };
  return accepted(await fetch(`${api.url}/jobs`, { method: 'POST', body, headers: { ...type, ...headers } }));
}

const forwarded = { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' };

describe('links', () => {
  test('start with PUBLIC_URL when it is set, whatever the request says', async () => {
    api = await startApi(redis.url, { PUBLIC_URL: 'https://images.example/packshot/', TRUST_PROXY: '1' });
    const job = await createJob(forwarded);
    expect(job.links.self).toBe(`https://images.example/packshot/jobs/${job.id}`);
  });

  test('to the meaning of an error are below its path', async () => {
    api = await startApi(redis.url, { PUBLIC_URL: 'https://images.example/packshot/' });
    const { type } = (await (await fetch(`${api.url}/jobs/x`)).json()) as Problem;
    expect(type).toBe('/packshot/errors/not_found');
  });

  test.each(['1', 'loopback', '127.0.0.1, 10.0.0.0/8'])('believe a proxy that TRUST_PROXY=%s names', async (trust) => {
    api = await startApi(redis.url, { TRUST_PROXY: trust });
    const job = await createJob(forwarded);
    expect(job.links.self).toBe(`https://shop.example/jobs/${job.id}`);
  });

  test.each([undefined, '10.0.0.0/8'])('believe nobody else (TRUST_PROXY: %s)', async (trust) => {
    api = await startApi(redis.url, trust === undefined ? {} : { TRUST_PROXY: trust });
    const job = await createJob(forwarded);
    expect(job.links.self).toBe(`${api.url}/jobs/${job.id}`);
  });
});
