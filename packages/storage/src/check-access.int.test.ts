import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3, type TestS3 } from '@packshot/testing';
import { checkAccess } from './check-access';
import { storageConfig } from './config';
import { createObjectStore } from './create-store';

async function check(settings: Record<string, string>) {
  const store = await createObjectStore(storageConfig.parse(settings));
  try {
    const findings = await checkAccess(store);
    const left: string[] = [];
    if (findings.length === 0) for await (const { key } of store.list('packshot')) left.push(key);
    return { findings, left };
  } finally {
    await store.close();
  }
}

describe('access to a bucket', () => {
  let s3: TestS3;
  let bucket: string;
  beforeAll(async () => {
    s3 = await startS3();
    bucket = await s3.createBucket();
  }, 300_000);
  afterAll(() => s3.stop());

  test('is whole where all is allowed, and nothing is left of trying', async () => {
    expect(await check(s3.environment(bucket))).toEqual({ findings: [], left: [] });
  });

  test.each([
    ['a bucket that does not exist', () => ({ S3_BUCKET: `missing-${randomUUID()}` })],
    ['a wrong secret', () => ({ S3_SECRET_ACCESS_KEY: 'wrong' })],
  ])('is refused for %s, in words that say what to look at', async (_what, settings) => {
    const { findings } = await check({ ...s3.environment(bucket), ...settings() });
    expect(findings).toEqual([{ severity: 'refuse', message: expect.stringMatching(/written to.*s3:PutObject/) }]);
  });

  test('is complained of, not refused, while the server is away', async () => {
    const { findings } = await check({ ...s3.environment(bucket), S3_ENDPOINT: 'http://127.0.0.1:9' });
    expect(findings).toEqual([{ severity: 'warn', message: expect.stringMatching(/ECONNREFUSED.*may be away/) }]);
  });
});

test('access to a folder is refused where a file is in its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-access-'));
  try {
    const settings = { STORAGE: 'filesystem', STORAGE_DIR: folder };
    expect((await check(settings)).findings).toEqual([]);
    await rm(join(folder, 'packshot-check'), { recursive: true, force: true });
    await writeFile(join(folder, 'packshot-check'), '');
    expect((await check(settings)).findings).toMatchObject([{ severity: 'refuse' }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
