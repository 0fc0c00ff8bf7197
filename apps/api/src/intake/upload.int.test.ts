import { eventually, poll, startRedis, type TestRedis } from '@packshot/testing';
import { accepted, postForm } from '../fixtures/client';
import { png } from '../fixtures/images';
import { beginUpload } from '../fixtures/raw-upload';
import { startApi, type TestApi } from '../fixtures/start-api';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis({ own: true });
});
afterAll(() => redis.stop());
beforeEach(async () => {
  api = await startApi(redis.url);
});
afterEach(() => api.close());

const IMAGE = png(1, 1, 600_000);

describe('an upload', () => {
  test('is marked before its first byte, and no longer when its job is there', async () => {
    const { redis: client, keys } = api.deps.jobs.store;
    const upload = await beginUpload(api.url, { bytes: IMAGE.length });
    await poll(async () => (await client.zcard(keys.uploading)) === 1, { what: 'the mark' });
    expect(await api.objects()).toEqual([]);
    upload.write(IMAGE);
    upload.finish();
    expect(await upload.answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(await client.zcard(keys.uploading)).toBe(0);
  });

  test('whose commit Redis does not answer leaves mark and files to the sweeper, and no job', async () => {
    const { redis: client, keys } = api.deps.jobs.store;
    const upload = await beginUpload(api.url, { bytes: IMAGE.length });
    upload.write(IMAGE);
    await poll(async () => (await client.zcard(keys.uploading)) === 1, { what: 'the mark' });
    await redis.kill9();
    await poll(() => client.status !== 'ready', { what: 'the connection to break' });
    upload.finish();
    expect(await upload.answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"backend_unavailable"/);

    await redis.restart();
    await eventually(async () => expect(await client.zcard(keys.uploading)).toBe(1));
    expect((await api.objects()).length).toBe(1);
    expect(await client.keys(`${keys.bullPrefix}:job:*`)).toEqual([]);
    await accepted(await postForm(api.url, ['f', IMAGE]));
  });
});
