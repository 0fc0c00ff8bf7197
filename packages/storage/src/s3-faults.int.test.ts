import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type FaultProxy, startFaultProxy, startS3, type TestS3 } from '@packshot/testing';
import type { ObjectStore } from './object-store';
import { createS3Store } from './s3';

const BYTES = 4_000_000;
const PNG = { contentType: 'image/png' };
const storageError = { code: 'storage_error', retryable: true };

let s3: TestS3;
let line: FaultProxy;
let store: ObjectStore;
const photo = randomBytes(BYTES);

beforeAll(async () => {
  s3 = await startS3();
  line = await startFaultProxy(new URL(s3.endpoint));
  store = createS3Store({
    bucket: await s3.createBucket(),
    endpoint: `http://${line.host}:${line.port}`,
    region: s3.region,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    forcePathStyle: true,
    prefix: '',
    timeoutMs: 2000,
  });
  await store.put('photo', photo, PNG);
}, 300_000);
beforeEach(() => line.setState('up'));
afterAll(async () => {
  await store.close();
  await line.close();
  await s3.stop();
});

describe('reading over a line that breaks', () => {
  test.each(['down', 'stalled'] as const)(
    'is a storage_error, not a short image, when it is %s half-way',
    async (state) => {
      line.afterBytes(BYTES / 2, state);
      const { body } = await store.get('photo');
      await expect(buffer(body)).rejects.toMatchObject(storageError);
    },
  );

  test('works again when the line is back', async () => {
    line.setState('down');
    await expect(store.get('photo')).rejects.toMatchObject(storageError);
    line.setState('up');
    expect((await buffer((await store.get('photo')).body)).equals(photo)).toBe(true);
  });
});

describe('writing over a line that breaks', () => {
  test.each(['down', 'stalled'] as const)(
    'is a storage_error that frees the body, with nothing left, when it is %s',
    async (state) => {
      line.setState(state);
      const body = Readable.from([photo]);
      await expect(store.put('other', body, PNG)).rejects.toMatchObject(storageError);
      expect(body.destroyed).toBe(true);
      line.setState('up');
      expect(await store.head('other')).toBeNull();
    },
  );

  test('succeeds when the line comes back between two tries', async () => {
    line.setState('down');
    const put = store.put('other', photo, PNG);
    setImmediate(() => line.setState('up'));
    expect((await put).bytes).toBe(BYTES);
    expect((await buffer((await store.get('other')).body)).equals(photo)).toBe(true);
  });
});
