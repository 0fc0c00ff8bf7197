import { randomBytes } from 'node:crypto';
import type { ItemView, JobView } from '@packshot/contracts';
import { startRedis, startS3, type TestRedis, type TestS3 } from '@packshot/testing';
import { accepted, itemsOf, postForm, problem } from '../fixtures/client';
import { finishItem } from '../fixtures/finish-item';
import { png } from '../fixtures/images';
import { startApi, type TestApi } from '../fixtures/start-api';

const RESULT = Buffer.concat([png(2, 2), randomBytes(100_000)]);

let redis: TestRedis;
let s3: TestS3;
beforeAll(async () => {
  [redis, s3] = await Promise.all([startRedis(), startS3()]);
}, 300_000);
afterAll(() => Promise.all([redis.stop(), s3.stop()]));

async function finished(api: TestApi): Promise<{ job: JobView; item: ItemView; url: string }> {
  const job = await accepted(await postForm(api.url, ['f', png(2, 2), 'Schuh ö.jpg']));
  const [queued] = await itemsOf(job);
  if (queued) await finishItem(api.deps, job.id, queued, { result: RESULT, mask: png(2, 2) });
  const [item] = await itemsOf(job);
  if (!item?.result) throw new Error('the item has no result');
  return { job, item, url: item.result.url };
}

describe.each([
  ['a bucket', async () => s3.environment(await s3.createBucket())],
  ['a local folder', async () => ({})],
])('the link to a result in %s', (_, settings: () => Promise<Record<string, string>>) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(redis.url, await settings());
  });
  afterAll(() => api.close());

  test('gives the file without a key, under its name, and lasts as long as it says', async () => {
    const { item, url } = await finished(api);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(RESULT)).toBe(true);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''Schuh%20%C3%B6\.png/);
    const seconds = (Date.parse(item.result?.expires_at ?? '') - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3600 - 5);
    expect(seconds).toBeLessThanOrEqual(7200);
    expect((await fetch(item.also.mask?.url ?? '')).status).toBe(200);
  });

  test('gives ranges of it, and says when there is none', async () => {
    const { url } = await finished(api);
    const range = (value: string) => fetch(url, { headers: { range: value } });
    const middle = await range('bytes=100-199');
    expect(middle.status).toBe(206);
    expect(middle.headers.get('content-range')).toBe(`bytes 100-199/${RESULT.length}`);
    expect(Buffer.from(await middle.arrayBuffer()).equals(RESULT.subarray(100, 200))).toBe(true);
    const tail = await range('bytes=-10');
    expect(Buffer.from(await tail.arrayBuffer()).equals(RESULT.subarray(-10))).toBe(true);
    expect((await range(`bytes=${RESULT.length}-`)).status).toBe(416);
  });

  test('is the same while its period lasts', async () => {
    const { job, url } = await finished(api);
    const [again] = await itemsOf(job);
    // At the turn of a period it changes once.
    const [third] = await itemsOf(job);
    expect([again?.result?.url === url, third?.result?.url === again?.result?.url]).toContain(true);
  });

  test('is refused when anything of it is changed', async () => {
    const { item, url } = await finished(api);
    const changed = [
      url.replace('result.png', 'mask.png'),
      url.replace(/ignature=../, 'ignature=zz'),
      url.replace(/image(%2F|\/)png/i, 'text%2Fhtml'),
    ];
    for (const address of changed) {
      expect(address).not.toBe(url);
      expect((await fetch(address)).status).toBe(403);
    }
    expect(item.status).toBe('succeeded');
  });
});

describe('files that we serve ourselves', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(redis.url, { API_KEYS: '' });
  });
  afterAll(() => api.close());

  test('can be kept, looked at on other pages, and never run as a page of ours', async () => {
    const { item, url } = await finished(api);
    const { headers } = await fetch(url);
    expect(headers.get('etag')).toBe(`"${item.result?.sha256}"`);
    expect(headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/);
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const etag = headers.get('etag') ?? '';
    const known = await fetch(url, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } });
    expect(known.status).toBe(304);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(RESULT.length)]);
  });

  test('come whole for several ranges, another unit, and a range of another version', async () => {
    const { url } = await finished(api);
    const asked: Record<string, string>[] = [
      { range: 'bytes=0-1,5-6' },
      { range: 'lines=0-1' },
      { range: 'bytes=0-1', 'if-range': '"another"' },
    ];
    for (const headers of asked) {
      const response = await fetch(url, { headers });
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBe(RESULT.length);
    }
  });

  test('are gone for links that are over, foreign, or without a signature, and for files that were deleted', async () => {
    const { job, item, url } = await finished(api);
    const { pathname } = new URL(url);
    const refused = async (address: string) => problem(await fetch(address));
    expect(await refused(api.url + pathname)).toMatchObject({ code: 'invalid_signature' });
    const over = await api.deps.signer.sign(pathname, { name: 'a', type: 'image/png', sha256: 'x' }, 1_000_000_000);
    expect(await refused(api.url + over)).toMatchObject({ code: 'invalid_signature', detail: 'The URL has expired.' });
    const later = url.replace(/expires=\d+/, 'expires=9999999999');
    expect(await refused(later)).toMatchObject({ code: 'invalid_signature' });
    const outside = `${api.url}/files/..%2f..%2fetc%2fpasswd${new URL(url).search}`;
    expect(await refused(outside)).toMatchObject({ code: 'invalid_signature' });
    await api.deps.storage.deletePrefix(`jobs/${job.id}/${item.id}/`);
    expect(await refused(url)).toMatchObject({ code: 'not_found' });
  });
});
