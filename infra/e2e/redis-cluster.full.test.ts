import { join } from 'node:path';
import { repositoryRoot, startProcess, startRedisCluster } from '@packshot/testing';

const TIMEOUT_MS = 600_000;
jest.setTimeout(TIMEOUT_MS);

/** Looks through all keys with a command that one node answers for itself. */
const ASKS_ONE_NODE = 'routes/keys.int';

/** A command whose keys lie in two slots fails on a Cluster alone, so everything that talks to Redis is done on one. */
test.each(['packages/jobs/src', 'apps/api/src/routes'])('every test of %s holds on a Cluster too', async (path) => {
  const cluster = await startRedisCluster();
  const root = repositoryRoot();
  try {
    const jest = await startProcess(process.execPath, {
      args: [
        join(root, 'node_modules/jest/bin/jest.js'),
        '--maxWorkers=1',
        path,
        '--testPathIgnorePatterns',
        ASKS_ONE_NODE,
      ],
      env: { TEST_REDIS_URL: cluster.url, TEST_TIER: 'normal' },
      cwd: root,
    });
    const { code } = await jest.exited;
    expect(code === 0 ? '' : jest.output()).toBe('');
    expect(jest.output()).toMatch(/Tests: .* passed/);
  } finally {
    await cluster.stop();
  }
});
