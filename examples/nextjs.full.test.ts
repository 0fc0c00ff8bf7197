import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  freePort,
  poll,
  productPhoto,
  repositoryRoot,
  startNode,
  startPackshot,
  type TestPackshot,
  type TestProcess,
} from '@packshot/testing';

/** The routes within Next.js itself, built and started as for production, with the client as it is published. */
const exec = promisify(execFile);
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes!!').toString('base64')}`;
const PATIENCE_MS = 1_200_000;

let project: string;
let system: TestPackshot;
let shop: TestProcess;
let address: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'packshot-nextjs-'));
  await cp(join(__dirname, 'nextjs'), project, { recursive: true });
  const { stdout } = await exec(process.execPath, [join(repositoryRoot(), 'packages/sdk/pack.mjs'), project]);
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await exec('npm', ['install', ...flags, stdout.trim()], { cwd: project });
  const next = join(project, 'node_modules/next/dist/bin/next');
  const quiet = { NEXT_TELEMETRY_DISABLED: '1' };
  await exec(process.execPath, [next, 'build'], { cwd: project, env: { ...process.env, ...quiet } });

  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  system = await startPackshot({ env: { WEBHOOK_SECRET: secret, ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}` } });
  shop = await startNode(next, {
    args: ['start', '--port', String(port), '--hostname', '127.0.0.1'],
    cwd: project,
    env: { ...quiet, PACKSHOT_URL: system.url, PACKSHOT_WEBHOOK_SECRET: secret, SHOP_URL: address },
  });
  await poll(() => fetch(address).catch(() => null), { timeoutMs: 120_000, what: 'the shop to answer' });
}, PATIENCE_MS);
afterAll(async () => {
  await shop?.stop();
  await system?.stop();
  await rm(project, { recursive: true, force: true });
}, 60_000);

it('takes photos from a browser, and hears by a signed webhook that they are done', async () => {
  const form = new FormData();
  const photo = new Uint8Array(await productPhoto({ width: 64, height: 64 }));
  form.append('photos', new File([photo], 'shoe.png', { type: 'image/png' }));
  const taken = await fetch(`${address}/api/photos`, { method: 'POST', body: form });
  const { id } = (await taken.json()) as { id: string };
  expect(taken.status).toBe(202);
  await shop.waitForLine(new RegExp(`job\\.succeeded ${id}`), 120_000);
}, 180_000);

it('refuses a form without photos, and webhooks of strangers', async () => {
  const form = new FormData();
  form.append('note', 'no photo');
  const empty = await fetch(`${address}/api/photos`, { method: 'POST', body: form });
  const stranger = await fetch(`${address}/api/packshot-webhook`, { method: 'POST', body: '{}' });
  expect([empty.status, stranger.status]).toEqual([400, 401]);
});
