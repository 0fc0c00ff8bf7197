import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port';
import { startProcess, type TestProcess } from './process';
import { repositoryRoot } from './repository-root';
import type { S3Access, StartedS3 } from './s3';

const INSTALL_TIMEOUT_MS = 240_000;
const READY_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 3;

/** Swift takes `account:user` as the access key. */
const ACCESS = {
  region: 'us-east-1',
  accessKeyId: 'test:tester',
  secretAccessKey: 'testing',
  forcePathStyle: true,
} as const satisfies Omit<S3Access, 'endpoint'>;

/**
 * OpenStack Swift with its S3 API as a child process, unpacked below `.packshot/swift` at the first start. Signatures,
 * checksums, multipart uploads and paging are really checked. It has no presigned POST, and racing conditional writes all
 * win: no test may rest on those.
 */
export async function startSwift(): Promise<StartedS3> {
  const env = await installSwift();
  const folder = await mkdtemp(join(tmpdir(), 'packshot-s3-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const server = await launch(join(folder, String(attempt)), port, env);
      const stop = async () => {
        await server.stop();
        await removeFolder();
      };
      return { access: { ...ACCESS, endpoint: `http://127.0.0.1:${port}` }, stop };
    } catch (error) {
      if (attempt < START_ATTEMPTS && /in use/i.test(String(error))) continue;
      await removeFolder();
      throw error;
    }
  }
}

/** Fetches what is missing; returns the environment that the server needs. Safe to call from many processes at once. */
async function installSwift(): Promise<Record<string, string>> {
  const root = repositoryRoot();
  const script = join(root, 'packages/testing/swift/install.sh');
  const { stdout } = await promisify(execFile)('bash', [script, join(root, '.packshot/swift')], {
    timeout: INSTALL_TIMEOUT_MS,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

async function launch(folder: string, port: number, env: Record<string, string>): Promise<TestProcess> {
  const [account, container, object, memcached] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const options = {
    ports: { proxy: port, account, container, object, memcached },
    user: ACCESS.accessKeyId,
    secret: ACCESS.secretAccessKey,
    region: ACCESS.region,
  };
  const script = join(repositoryRoot(), 'packages/testing/swift/serve.py');
  const server = await startProcess('/usr/bin/python3', {
    args: [script, folder, JSON.stringify(options)],
    env: { ...env, LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore', PYTHONNOUSERSITE: '1' },
  });
  try {
    await server.waitForLine(/^ready /, READY_TIMEOUT_MS);
  } catch (error) {
    await server.kill9();
    throw error;
  }
  return server;
}
