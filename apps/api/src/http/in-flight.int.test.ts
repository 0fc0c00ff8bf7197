import { poll, startRedis, type TestRedis } from '@packshot/testing';
import { accepted, postForm, problem } from '../fixtures/client';
import { png } from '../fixtures/images';
import { beginUpload } from '../fixtures/raw-upload';
import { startApi, type TestApi } from '../fixtures/start-api';
import type { HealthReport } from '../health/schema';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(() => api.close());

const IMAGE = png(1, 1, 400_000);

describe('requests in flight', () => {
  test('over the limit are refused with overloaded, and served again when one has ended', async () => {
    api = await startApi(redis.url, { MAX_REQUESTS_IN_FLIGHT: '1' });
    const upload = await beginUpload(api.url, { bytes: IMAGE.length });
    await poll(() => api.deps.inFlight.requests === 1, { what: 'the upload to be counted' });
    const refused = await fetch(`${api.url}/jobs/nothing`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await problem(refused)).code).toBe('overloaded');
    expect((await fetch(`${api.url}/health`)).status).toBe(200);
    upload.write(IMAGE);
    upload.finish();
    expect(await upload.answer).toMatch(/^HTTP\/1\.1 202 /);
    await poll(async () => (await fetch(`${api.url}/jobs/nothing`)).status === 404, { what: 'the slot to be free' });
  });
});

describe('upload bytes in flight', () => {
  test.each([false, true])('over the limit are refused with overloaded (chunked: %s)', async (chunked) => {
    api = await startApi(redis.url, { MAX_BYTES_IN_FLIGHT: '600000' });
    const first = await beginUpload(api.url, { bytes: IMAGE.length, chunked });
    first.write(IMAGE);
    await poll(() => api.deps.inFlight.bytes >= IMAGE.length, { what: 'the bytes to be counted' });
    const refused = await postForm(api.url, ['f', IMAGE]);
    expect(refused.status).toBe(503);
    expect((await problem(refused)).code).toBe('overloaded');
    const second = await beginUpload(api.url, { bytes: IMAGE.length, chunked: true });
    second.write(IMAGE);
    second.finish();
    expect(await second.answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"overloaded"/);
    first.finish();
    expect(await first.answer).toMatch(/^HTTP\/1\.1 202 /);
    await poll(() => api.deps.inFlight.bytes === 0, { what: 'the bytes to be let go' });
    await accepted(await postForm(api.url, ['f', IMAGE]));
  });

  test.each([false, true])('over the limit are taken when they are alone (chunked: %s)', async (chunked) => {
    api = await startApi(redis.url, { MAX_BYTES_IN_FLIGHT: '1000' });
    const upload = await beginUpload(api.url, { bytes: IMAGE.length, chunked });
    upload.write(IMAGE);
    upload.finish();
    expect(await upload.answer).toMatch(/^HTTP\/1\.1 202 /);
  });

  test('are let go when the client leaves', async () => {
    api = await startApi(redis.url);
    const upload = await beginUpload(api.url, { bytes: IMAGE.length });
    await poll(() => api.deps.inFlight.bytes > IMAGE.length, { what: 'the bytes to be counted' });
    upload.hangUp();
    await upload.answer;
    await poll(() => api.deps.inFlight.bytes === 0 && api.deps.inFlight.requests === 0, {
      what: 'the bytes to be let go',
    });
  });
});

describe('streams and long polls', () => {
  test('have a limit of their own, and leave the requests in flight to others', async () => {
    api = await startApi(redis.url, { MAX_REQUESTS_IN_FLIGHT: '1', MAX_STREAMS: '2' });
    const job = await accepted(await postForm(api.url, ['f', png(1, 1)]));
    const gone = new AbortController();
    const follow = () => fetch(job.links.events, { signal: gone.signal });
    expect([(await follow()).status, (await follow()).status]).toEqual([200, 200]);
    expect(api.deps.inFlight).toMatchObject({ requests: 0, streams: 2 });
    const { api: state } = (await (await fetch(`${api.url}/health`)).json()) as HealthReport;
    expect(state).toMatchObject({ requests_in_flight: 0, streams_open: 2 });
    for (const refused of [await follow(), await fetch(`${job.links.self}?wait=60`)]) {
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect((await problem(refused)).code).toBe('overloaded');
    }
    await accepted(await postForm(api.url, ['f', png(1, 1)]));
    gone.abort();
    await poll(() => api.deps.inFlight.streams === 0, { what: 'the streams to end' });
    expect(api.deps.inFlight.requests).toBe(0);
    const again = new AbortController();
    expect((await fetch(job.links.events, { signal: again.signal })).status).toBe(200);
    again.abort();
  });
});
