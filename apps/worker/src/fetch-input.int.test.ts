import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectStore, createSourceReader, type ObjectStore, storageConfig } from '@packshot/storage';
import { startS3, type TestS3 } from '@packshot/testing';
import { fetchInput } from './fetch-input';
import { PATIENCE_MS, scripted, Workbench } from './testing/workbench';

jest.setTimeout(5 * PATIENCE_MS);

const GOOD = scripted({ do: 'succeed' });
const PNG = { contentType: 'image/png' };
const ODD_KEY = 'in/ä b+c%2F(1)&?.png';

let s3: TestS3;
let bucket: string;
let forbidden: string;
let shop: ObjectStore;
let folder: string;
beforeAll(async () => {
  s3 = await startS3();
  [bucket, forbidden] = await Promise.all([s3.createBucket(), s3.createBucket()]);
  shop = await createObjectStore(storageConfig.parse(s3.environment(bucket)));
  await shop.put(ODD_KEY, GOOD, PNG);
  await shop.put('in/text.png', Buffer.from('no image'), PNG);
  await shop.put('private/a.png', GOOD, PNG);
  folder = await mkdtemp(join(tmpdir(), 'packshot-fetch-'));
}, 300_000);
afterAll(async () => {
  await shop.close();
  await s3.stop();
  await rm(folder, { recursive: true });
});

/** The settings of an installation that keeps its own images in a folder and may read the shop's bucket. */
const settings = (): Record<string, string> => {
  const { STORAGE: _, S3_BUCKET: __, ...access } = s3.environment(bucket);
  return { ...access, S3_SOURCES: `${bucket}/in/` };
};

describe('an item that lies in a bucket', () => {
  async function fetched(source: { bucket: string; key: string }, maxBytes = 1000): Promise<Buffer> {
    const config = storageConfig.parse({ STORAGE_DIR: join(folder, 'store'), ...settings() });
    const stores = { storage: await createObjectStore(config), sources: createSourceReader(config) };
    const path = join(folder, 'input');
    const rules = { maxBytes, timeoutMs: 1000, allowHosts: [] };
    try {
      await fetchInput({ kind: 's3', ...source }, path, stores, rules, new AbortController().signal);
      return await readFile(path);
    } finally {
      await stores.sources.close();
    }
  }

  test('is read with the credentials of the settings, whatever its key looks like', async () => {
    expect((await fetched({ bucket, key: ODD_KEY })).equals(GOOD)).toBe(true);
  });

  test.each([
    ['source_missing', () => ({ bucket, key: 'in/missing.png' })],
    ['source_not_allowed', () => ({ bucket, key: 'private/a.png' })],
    ['source_not_allowed', () => ({ bucket: forbidden, key: 'in/a.png' })],
    ['unsupported_format', () => ({ bucket, key: 'in/text.png' })],
  ])('is %s when it should be', async (code, source) => {
    await expect(fetched(source())).rejects.toMatchObject({ code });
  });

  test('is file_too_large before a byte of it is fetched', async () => {
    await expect(fetched({ bucket, key: ODD_KEY }, GOOD.length - 1)).rejects.toMatchObject({ code: 'file_too_large' });
  });

  test('goes through a worker like any other, though our own images are in a folder', async () => {
    const bench = await Workbench.open(settings());
    try {
      await bench.startWorker();
      const job = await bench.submit([
        { kind: 's3', bucket, key: ODD_KEY },
        { kind: 's3', bucket, key: 'in/missing.png' },
        { kind: 's3', bucket, key: 'private/a.png' },
      ]);
      const items = await bench.ended(job);
      expect(items.map(({ status, error }) => error?.code ?? status)).toEqual([
        'succeeded',
        'source_missing',
        'source_not_allowed',
      ]);
    } finally {
      await bench.close();
    }
  });
});
