import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode, startRedis, type TestRedis } from '@packshot/testing';

/** The process as it is deployed; needs a build. */
const MAIN = join(__dirname, '../dist/main.js');

let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis({ own: true, args: ['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no'] });
  folder = await mkdtemp(join(tmpdir(), 'packshot-worker-'));
  // The store cannot make its folder here.
  await writeFile(join(folder, 'packshot-check'), '');
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

test('a worker waits for a Redis that is away, and says so in its log alone', async () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:1', STORAGE_DIR: folder, PACKSHOT_CONFIG: '/dev/null' };
  const worker = await startNode(MAIN, { env });
  await worker.waitForLine(/"message":"redis is away"/);
  await worker.stop();
  const lines = worker.output().trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
});

test('a worker does not start with backends that are not fit, and says all that is wrong with them', async () => {
  const env = { REDIS_URL: redis.url, STORAGE: 'filesystem', STORAGE_DIR: folder, PACKSHOT_CONFIG: '/dev/null' };
  const worker = await startNode(MAIN, { env: { ...env, LOG_FORMAT: 'text' } });
  expect((await worker.exited).code).toBe(1);
  expect(worker.output()).toMatch(
    /cannot start[\s\S]*maxmemory-policy is allkeys-lru[\s\S]*object store cannot be written to/,
  );
  expect(worker.output()).toMatch(/REDIS LOSES ACCEPTED JOBS/);
});
