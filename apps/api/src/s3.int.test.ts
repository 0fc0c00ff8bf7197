import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { eventually, startRedis, startS3, type TestRedis, type TestS3 } from '@packshot/testing';
import { accepted, itemsOf, postForm } from './fixtures/client';
import { finishItem } from './fixtures/finish-item';
import { png } from './fixtures/images';
import { beginUpload } from './fixtures/raw-upload';
import { startApi, type TestApi } from './fixtures/start-api';

let redis: TestRedis;
let s3: TestS3;
let api: TestApi;
beforeAll(async () => {
  [redis, s3] = await Promise.all([startRedis(), startS3()]);
  api = await startApi(redis.url, s3.environment(await s3.createBucket()));
}, 300_000);
afterAll(async () => {
  await api.close();
  await Promise.all([redis.stop(), s3.stop()]);
});

/** Larger than a part of a multi-part upload. */
const IMAGE = Buffer.concat([png(5, 4), randomBytes(12_000_000)]);

test('images go to a bucket and results come from it, byte for byte', async () => {
  const job = await accepted(
    await postForm(api.url, ['f', IMAGE, 'a.png'], ['g', png(2, 2), 'b.png'], ['h', Buffer.from('no')]),
  );
  const [item] = await itemsOf(job);
  if (!item) throw new Error('the job has no item');
  const { body } = await api.deps.storage.get(`jobs/${job.id}/${item.id}/original`);
  expect((await buffer(body)).equals(IMAGE)).toBe(true);
  expect((await api.objects()).length).toBe(2);

  await finishItem(api.deps, job.id, item, { result: IMAGE });
  const response = await fetch(`${job.links.items}/${item.id}/result`);
  expect(response.headers.get('content-length')).toBe(String(IMAGE.length));
  expect(Buffer.from(await response.arrayBuffer()).equals(IMAGE)).toBe(true);
});

test('a client that leaves in the middle of a part leaves nothing in the bucket', async () => {
  const before = await api.objects();
  const upload = await beginUpload(api.url, { bytes: 2 * IMAGE.length });
  upload.write(IMAGE);
  await eventually(() => expect(api.deps.inFlight.requests).toBe(1));
  upload.hangUp();
  const { redis: client, keys } = api.deps.jobs.store;
  await eventually(async () => expect(await client.zcard(keys.uploading)).toBe(0));
  expect(await api.objects()).toEqual(before);
});
