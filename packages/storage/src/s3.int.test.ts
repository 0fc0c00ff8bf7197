import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { startS3, type TestS3 } from '@packshot/testing';
import { storageConfig } from './config';
import { describeObjectStore } from './conformance';
import { createObjectStore } from './create-store';

let s3: TestS3;
let bucket: string;
beforeAll(async () => {
  s3 = await startS3();
  bucket = await s3.createBucket();
}, 300_000);
afterAll(() => s3.stop());

const open = (settings: Record<string, string> = {}) =>
  createObjectStore(storageConfig.parse({ ...s3.environment(bucket), ...settings }));

describeObjectStore('a bucket', () => open({ S3_PREFIX: 'shop/images' }));

describe('a bucket of objects', () => {
  test('keeps stores with different prefixes apart', async () => {
    const [one, two] = [await open({ S3_PREFIX: 'one' }), await open({ S3_PREFIX: 'two' })];
    await one.put('a', Buffer.from('1'), { contentType: 'text/plain' });
    expect(await two.head('a')).toBeNull();
    expect(await one.deletePrefix('a')).toBe(1);
    await Promise.all([one.close(), two.close()]);
  });

  test('keeps no parts of uploads that failed', async () => {
    const store = await open();
    const failing = Readable.from(
      (async function* () {
        for (let part = 0; part < 3; part += 1) yield randomBytes(9_000_000);
        throw new Error('half-way');
      })(),
    );
    await expect(store.put('large', failing, { contentType: 'image/png' })).rejects.toThrow('half-way');
    await store.close();
    const { endpoint, region, accessKeyId, secretAccessKey } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    // Of the whole bucket: the suite above has failed uploads in many ways.
    const { Uploads: uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    client.destroy();
    expect(uploads).toEqual([]);
  });

  test.each([
    ['a bucket that does not exist', () => ({ S3_BUCKET: `missing-${randomUUID()}` })],
    ['a wrong secret', () => ({ S3_SECRET_ACCESS_KEY: 'wrong' })],
    ['a server that is not there', () => ({ S3_ENDPOINT: 'http://127.0.0.1:9' })],
  ])('answers storage_error for everything with %s', async (_, settings) => {
    const store = await open(settings());
    const fault = { code: 'storage_error', retryable: true };
    await expect(store.check()).rejects.toMatchObject(fault);
    await expect(store.put('a', Buffer.from('x'), { contentType: 'a/b' })).rejects.toMatchObject(fault);
    await expect(store.get('a')).rejects.toMatchObject(fault);
    await expect(store.head('a')).rejects.toMatchObject(fault);
    await expect(store.delete(['a'])).rejects.toMatchObject(fault);
    await expect(store.deletePrefix('a')).rejects.toMatchObject(fault);
    await store.close();
  });
});
