import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode, type TestProcess } from './process';
import { startRedis } from './redis';
import { repositoryRoot } from './repository-root';
import { startS3 } from './s3';

export interface PackshotTestOptions {
  /** Keep images in a real bucket in place of a folder. */
  s3?: boolean;
  /** Added to the settings of both processes. */
  env?: Record<string, string>;
}

export interface TestPackshot {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly api: TestProcess;
  readonly worker: TestProcess;
  stop(): Promise<void>;
}

/** The product as a client meets it: an API and a worker from `dist/`, with a Redis and an object store of their own. */
export async function startPackshot({ s3 = false, env = {} }: PackshotTestOptions = {}): Promise<TestPackshot> {
  const root = repositoryRoot();
  const folder = await mkdtemp(join(tmpdir(), 'packshot-system-'));
  const [redis, bucket] = await Promise.all([startRedis(), s3 ? startS3() : null]);
  const storage = bucket === null ? { STORAGE_DIR: folder } : bucket.environment(await bucket.createBucket());
  const settings = {
    ...storage,
    REDIS_URL: redis.url,
    REDIS_PREFIX: `system-${process.pid}-${Date.now()}`,
    PACKSHOT_CONFIG: '/dev/null',
    LOG_FORMAT: 'text',
    THREADS: '1',
    ...env,
  };
  const start = (app: string, extra = {}) =>
    startNode(join(root, 'apps', app, 'dist/main.js'), { env: { ...settings, ...extra } });
  const [api, worker] = await Promise.all([start('api', { PORT: '0' }), start('worker')]);
  const stop = async () => {
    await Promise.all([api.stop(), worker.stop()]);
    await Promise.all([redis.stop(), bucket?.stop(), rm(folder, { recursive: true, force: true })]);
  };
  try {
    const [line] = await Promise.all([api.waitForLine(/listening on/, 60_000), worker.waitForLine(/ready/, 120_000)]);
    return { url: /http:\/\/\S+/.exec(line)?.[0] ?? '', api, worker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
