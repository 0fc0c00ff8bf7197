import { createHmac, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { startS3, type TestS3 } from '@packshot/testing';
import { storageConfig } from './config';
import { createObjectStore } from './create-store';
import type { DirectAccess } from './direct-access';
import type { ObjectStore } from './object-store';

const HOUR = { seconds: 3600 };
const PART_BYTES = 5 * 1024 * 1024;
const BYTES = 1000;
const PNG = { contentType: 'image/png', bytes: BYTES };

let s3: TestS3;
let bucket: string;
let store: ObjectStore;
let direct: DirectAccess;
let count = 0;
let key: string;
const photo = randomBytes(BYTES);

const open = async (settings: Record<string, string> = {}) =>
  createObjectStore(storageConfig.parse({ ...s3.environment(bucket), S3_PREFIX: 'shop', ...settings }));

beforeAll(async () => {
  s3 = await startS3();
  bucket = await s3.createBucket();
  store = await open();
  if (store.direct === null) throw new Error('a bucket gives addresses');
  direct = store.direct;
}, 300_000);
beforeEach(() => {
  key = `uploads/${count++}/original`;
});
afterAll(async () => {
  await store.close();
  await s3.stop();
});

/** A PUT as a client does it. */
const put = (url: string, body: Buffer, headers: Record<string, string> = { 'content-type': 'image/png' }) =>
  fetch(url, { method: 'PUT', body: new Uint8Array(body), headers });

const stored = async () => buffer((await store.get(key)).body);

describe('a presigned PUT', () => {
  test('stores what was announced', async () => {
    const answer = await put(await direct.putUrl(key, PNG, HOUR), photo);
    expect(answer.status).toBe(200);
    expect((await stored()).equals(photo)).toBe(true);
    expect(await store.head(key)).toEqual({ bytes: BYTES, contentType: 'image/png' });
  });

  test('carries no checksum, which would be that of an empty body, and signs type and length', async () => {
    const url = new URL(await direct.putUrl(key, PNG, HOUR));
    const names = [...url.searchParams.keys()].map((name) => name.toLowerCase());
    expect(names.filter((name) => name.includes('checksum'))).toEqual([]);
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
  });

  test.each([
    ['another length', randomBytes(BYTES + 1), { 'content-type': 'image/png' }],
    ['another type', photo, { 'content-type': 'text/html' }],
  ])('refuses %s, and keeps nothing', async (_, body, headers) => {
    const answer = await put(await direct.putUrl(key, PNG, HOUR), body, headers);
    expect(answer.status).toBe(403);
    expect(await store.head(key)).toBeNull();
  });

  test('is good for no other key, and not for ever', async () => {
    const url = await direct.putUrl(key, PNG, HOUR);
    expect((await put(url.replace('/original', '/another'), photo)).status).toBe(403);
    const over = await direct.putUrl(key, PNG, { from: new Date(Date.now() - 7_200_000), ...HOUR });
    expect((await put(over, photo)).status).toBe(403);
    expect(await store.head(key)).toBeNull();
  });
});

describe('a presigned GET', () => {
  test('gives the file with its type and name, and ranges of it', async () => {
    await store.put(key, photo, { contentType: 'application/octet-stream' });
    const url = await direct.getUrl(key, { name: 'Schuh "ö".png', contentType: 'image/png' }, HOUR);
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer()).equals(photo)).toBe(true);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="Schuh ___.png"; filename*=UTF-8''Schuh%20%22%C3%B6%22.png`,
    );
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(photo.subarray(10, 20))).toBe(true);
  });

  test('is the same address when it is made from the same moment on', async () => {
    const from = new Date(Date.now() - 1000);
    const make = () => direct.getUrl(key, { name: 'a.png', contentType: 'image/png' }, { from, ...HOUR });
    expect(await make()).toBe(await make());
  });

  test('leads to the address that clients reach the server at, whatever ours is', async () => {
    const hidden = await open({ S3_ENDPOINT: 'http://127.0.0.1:9', S3_PUBLIC_ENDPOINT: s3.endpoint });
    const url = await hidden.direct?.putUrl(key, PNG, HOUR);
    expect((await put(url ?? '', photo)).status).toBe(200);
    expect((await stored()).equals(photo)).toBe(true);
    await hidden.close();
  });
});

describe('an upload in parts', () => {
  const parts = [randomBytes(PART_BYTES), randomBytes(1234)];

  async function begin(): Promise<{ id: string; urls: string[] }> {
    const id = await direct.beginMultipart(key, 'image/tiff');
    const url = (part: Buffer, index: number) =>
      direct.partUrl(key, { multipartId: id, number: index + 1, bytes: part.length }, HOUR);
    return { id, urls: await Promise.all(parts.map(url)) };
  }

  test('becomes one object when its parts are joined, whatever order they came in', async () => {
    const { id, urls } = await begin();
    for (const index of [1, 0]) {
      expect((await put(urls[index] ?? '', parts[index] ?? photo, {})).status).toBe(200);
    }
    const arrived = (await direct.parts(key, id)) ?? [];
    expect(arrived.map(({ number, bytes }) => [number, bytes])).toEqual([
      [1, PART_BYTES],
      [2, 1234],
    ]);
    expect(await store.head(key)).toBeNull();
    await direct.completeMultipart(key, id, arrived);
    expect((await stored()).equals(Buffer.concat(parts))).toBe(true);
    expect((await store.head(key))?.contentType).toBe('image/tiff');
  });

  test('takes no part of another length, and its URLs carry no checksum', async () => {
    const { id, urls } = await begin();
    expect(urls.join()).not.toMatch(/checksum/i);
    expect((await put(urls[1] ?? '', photo, {})).status).toBe(403);
    expect(await direct.parts(key, id)).toEqual([]);
    await direct.abortMultipart(key);
  });

  test('is gone when it is dropped, and dropping twice is no fault', async () => {
    const { id, urls } = await begin();
    await put(urls[0] ?? '', parts[0] ?? photo, {});
    await direct.abortMultipart(key);
    expect(await direct.parts(key, id)).toBeNull();
    const part = { number: 1, bytes: PART_BYTES, etag: '"0123456789abcdef0123456789abcdef"' };
    await expect(direct.completeMultipart(key, id, [part])).rejects.toMatchObject({ code: 'not_found' });
    await direct.abortMultipart(key);
    expect(await store.head(key)).toBeNull();
  });
});

describe('a form for a POST', () => {
  test('carries a policy for this key, type and length, signed as SigV4 says', async () => {
    const { url, fields } = await direct.postForm(key, PNG, HOUR);
    expect(url).toBe(`${s3.endpoint}/${bucket}`);
    expect(fields).toMatchObject({ key: `shop/${key}`, 'Content-Type': 'image/png' });
    const policy = JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString()) as {
      expiration: string;
      conditions: unknown[];
    };
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', BYTES, BYTES],
        { 'Content-Type': 'image/png' },
        { key: `shop/${key}` },
        { bucket },
      ]),
    );
    expect(Date.parse(policy.expiration)).toBeGreaterThan(Date.now() + 3_500_000);
    expect(Date.parse(policy.expiration)).toBeLessThan(Date.now() + 3_700_000);
    const [, date = '', region = ''] = (fields['X-Amz-Credential'] ?? '').split('/');
    const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest();
    const signing = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${s3.secretAccessKey}`);
    expect(fields['X-Amz-Signature']).toBe(hmac(Buffer.from(signing), fields.Policy ?? '').toString('hex'));
  });
});
