import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { poll, startNode, type TestProcess } from '@packshot/testing';

const main = resolve(__dirname, '../dist/main.js');
let data: string;
let started: TestProcess | undefined;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'packshot-up-'));
});
afterEach(async () => {
  await started?.stop({ timeoutMs: 60_000 });
  await poll(() => leftOvers().length === 0, { timeoutMs: 60_000, what: 'the last child to end' });
  rmSync(data, { recursive: true, force: true });
});

/** Processes whose environment names this test's data folder. */
function leftOvers(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`PACKSHOT_DATA=${data}`);
      } catch {
        return false;
      }
    });
}

async function up(): Promise<string> {
  started = await startNode(main, {
    args: ['up', '--json'],
    env: { PACKSHOT_DATA: data, PACKSHOT_CONFIG: '/dev/null', PORT: '0', REDIS_URL: undefined, THREADS: '1' },
  });
  const line = await started.waitForLine(/^\{"url"/, 240_000);
  return (JSON.parse(line) as { url: string }).url;
}

it('serves until Ctrl-C, and then leaves nothing behind', async () => {
  const url = await up();
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(await started?.stop({ signal: 'SIGINT', timeoutMs: 60_000 })).toMatchObject({ code: 0 });
  expect(leftOvers()).toEqual([]);
}, 300_000);

it('leaves nothing behind when it is killed', async () => {
  await up();
  expect(leftOvers().length).toBeGreaterThanOrEqual(5);
  await started?.kill9();
  await poll(() => leftOvers().length === 0, { timeoutMs: 60_000, what: 'the last child to end' });
}, 300_000);
