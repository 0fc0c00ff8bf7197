import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, startNode, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';

/**
 * Schemathesis reads the contract from a running server and tries to catch it answering otherwise: with what the contract
 * allows and with what it does not, one request at a time and along the links between operations. `npm run contract`.
 */
const root = repositoryRoot();
const environment = join(root, '.packshot/schemathesis');
const key = 'a-key-for-everything';

let redis: TestRedis;
let storage: string;
let api: TestProcess;
let worker: TestProcess;
let base: string;

function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, output }));
  });
}

async function install(): Promise<void> {
  const python = join(environment, 'bin/python');
  const requirements = join(__dirname, 'requirements.txt');
  for (const [command, ...args] of [
    ...(existsSync(python) ? [] : [['python3', '-m', 'venv', environment]]),
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
  ]) {
    const { code, output } = await run(command ?? '', args);
    if (code !== 0) throw new Error(`Schemathesis cannot be installed (Python 3.10 and pip are needed):\n${output}`);
  }
}

/** Runs it against the API; what it finds is thrown. */
async function schemathesis(...args: readonly string[]): Promise<string> {
  const { code, output } = await run(join(environment, 'bin/schemathesis'), [
    '--config-file',
    join(__dirname, 'schemathesis.toml'),
    '--no-color',
    'run',
    `${base}/openapi.json`,
    ...args,
  ]);
  if (code !== 0) throw new Error(output);
  return output;
}

beforeAll(async () => {
  await mkdir(environment, { recursive: true });
  [redis, storage] = await Promise.all([startRedis(), mkdtemp(join(tmpdir(), 'packshot-contract-')), install()]);
  const env = {
    REDIS_URL: redis.url,
    REDIS_PREFIX: `contract-${process.pid}`,
    STORAGE_DIR: storage,
    THREADS: '1',
    LOG_FORMAT: 'text',
    LOG_LEVEL: 'warn',
  };
  worker = await startNode(join(root, 'apps/worker/dist/main.js'), { env: { ...env, LOG_LEVEL: 'info' } });
  await worker.waitForLine(/ready/, 120_000);
  api = await startNode(join(root, 'apps/api/dist/main.js'), { env: { ...env, PORT: '0', ADMIN_KEYS: key } });
  base = /http:\S+/.exec(await api.waitForLine(/listening on/, 60_000))?.[0] ?? '';
}, 300_000);

afterAll(async () => {
  await Promise.all([worker?.stop(), api?.stop()]);
  await redis?.stop();
  await rm(storage, { recursive: true, force: true });
}, 60_000);

it('answers those who may everything as the contract says, whatever they send', async () => {
  expect(await schemathesis('--header', `Authorization: Bearer ${key}`)).toMatch(/✅ Stateful/);
}, 1_200_000);

it('answers those without a key as the contract says', async () => {
  expect(await schemathesis('--phases', 'examples,coverage')).toMatch(/✅ Coverage/);
}, 600_000);
