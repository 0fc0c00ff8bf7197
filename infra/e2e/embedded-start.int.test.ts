import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll, repositoryRoot, startNode, type TestProcess } from '@packshot/testing';

const root = repositoryRoot();
let data: string;
let started: TestProcess | undefined;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'packshot-start-'));
});
afterEach(async () => {
  await started?.stop({ timeoutMs: 60_000 });
  await poll(() => leftOvers().length === 0, { timeoutMs: 30_000, what: 'the last child to end' });
  rmSync(data, { recursive: true, force: true });
});

/** Processes whose environment names this test's data folder. */
function leftOvers(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const mine = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`PACKSHOT_DATA=${data}`);
        return mine ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
}

async function start(env: Record<string, string> = {}, args: string[] = ['--no-sample']): Promise<string> {
  started = await startNode(join(root, 'infra/embedded/start.mjs'), {
    args,
    env: { PACKSHOT_DATA: data, PORT: '0', REDIS_URL: undefined, THREADS: '1', ...env },
  });
  const line = await started.waitForLine(/serving on/, 120_000);
  return /http:\/\/[^\s]+/.exec(line)?.[0] ?? '';
}

it('serves, and leaves no process behind when it is asked to stop', async () => {
  const base = await start();
  expect((await fetch(`${base}/health/ready`)).status).toBe(200);
  expect(leftOvers().join('\n')).toMatch(/redis-server/);
  const { code } = (await started?.stop({ signal: 'SIGINT', timeoutMs: 60_000 })) ?? {};
  expect(code).toBe(0);
  expect(leftOvers()).toEqual([]);
}, 180_000);

it('leaves no process behind when it is killed', async () => {
  await start();
  expect(leftOvers().length).toBeGreaterThanOrEqual(4);
  await started?.kill9();
  await poll(() => leftOvers().length === 0, { timeoutMs: 60_000, what: 'the last child to end' });
}, 180_000);

it('brings back a child that dies, with nothing forgotten', async () => {
  const base = await start();
  const submit = await fetch(`${base}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      pipeline: {},
      items: [{ base64: readFileSync(join(root, 'infra/embedded/samples/jeans_man_jeans_01.jpg')).toString('base64') }],
    }),
  });
  expect(submit.status).toBe(202);
  const job = (await submit.json()) as { links: { self: string } };
  const redisPid = readFileSync(join(data, 'redis/redis.pid'), 'utf8').trim();
  process.kill(Number(redisPid), 'SIGKILL');
  await started?.waitForLine(/redis is back/, 60_000);
  await poll(
    async () => {
      const response = await fetch(job.links.self).catch(() => null);
      return response?.ok && ((await response.json()) as { status: string }).status === 'succeeded';
    },
    { timeoutMs: 90_000, intervalMs: 200, what: 'the job to succeed' },
  );
}, 240_000);

it('takes another port when 8080 is taken, and insists on one that was asked for', async () => {
  const server = createServer();
  const listening = await new Promise<Server | null>((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(8080, '127.0.0.1', () => resolve(server));
  });
  try {
    const base = await start({ PORT: '' });
    expect(new URL(base).port).not.toBe('8080');
    await started?.stop({ timeoutMs: 60_000 });
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const port = String((taken.address() as AddressInfo).port);
    const refused = await startNode(join(root, 'infra/embedded/start.mjs'), {
      args: ['--no-sample'],
      env: { PACKSHOT_DATA: data, PORT: port, REDIS_URL: undefined, THREADS: '1' },
    });
    started = refused;
    expect((await refused.exited).code).toBe(1);
    expect(refused.output()).toMatch(/EADDRINUSE|in use/);
    taken.close();
  } finally {
    listening?.close();
  }
}, 240_000);

it('refuses a second start on the same data', async () => {
  await start();
  const second = await startNode(join(root, 'infra/embedded/start.mjs'), {
    args: ['--no-sample'],
    env: { PACKSHOT_DATA: data, PORT: '0', REDIS_URL: undefined },
  });
  expect((await second.exited).code).toBe(1);
  expect(second.output()).toMatch(/already running here/);
}, 180_000);
