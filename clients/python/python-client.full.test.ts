import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, productPhoto, startPackshot, type TestPackshot } from '@packshot/testing';

/** The Python client as it is published: its wheel in an empty environment, its tests against a whole Packshot with a real bucket. */
const exec = promisify(execFile);
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;

let folder: string;
let python: string;
let system: TestPackshot;
let receiver: string;

async function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  try {
    const { stdout } = await exec(command, args, { cwd: __dirname, env: { ...process.env, ...env }, maxBuffer: 64e6 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-python-'));
  receiver = `127.0.0.1:${await freePort()}`;
  system = await startPackshot({ s3: true, env: { WEBHOOK_SECRET: secret, ALLOW_PRIVATE_HOSTS: receiver } });
  await writeFile(join(folder, 'photo.png'), await productPhoto({ width: 64, height: 64 }));
  await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  python = join(folder, 'venv/bin/python');
}, 300_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('is built, installed into an empty environment, and does what it promises', async () => {
  await run(python, ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, '.']);
  const [wheel = ''] = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
  await run(python, ['-m', 'pip', 'install', '--quiet', join(folder, wheel)]);
  expect(await run(python, ['-m', 'pip', 'check'])).toMatch(/No broken requirements/);
  await run(python, ['-m', 'pip', 'install', '--quiet', `${join(folder, wheel)}[test]`]);
  const options = ['-q', '-p', 'no:cacheprovider', '--rootdir', folder];
  const output = await run(python, ['-m', 'pytest', ...options, join(__dirname, 'tests')], {
    PYTHONDONTWRITEBYTECODE: '1',
    // The examples in Python are plain modules, tested with the rest.
    PYTHONPATH: ['airflow', 'runpod-worker'].map((name) => join(__dirname, '../../examples', name)).join(':'),
    PACKSHOT_TEST_URL: system.url,
    PACKSHOT_TEST_RECEIVER: receiver,
    PACKSHOT_TEST_SECRET: secret,
    PACKSHOT_TEST_PHOTO: join(folder, 'photo.png'),
  });
  expect(output).toMatch(/\d+ passed/);
  expect(output).not.toMatch(/failed|error|skipped/);
}, 900_000);
