import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type JobView, Packshot } from '@packshot/sdk';
import {
  cutOff,
  decodeRaw,
  poll,
  productPhoto,
  startNode,
  startPackshot,
  startWebhookSink,
  type TestPackshot,
} from '@packshot/testing';
import { run } from '../run';

const main = resolve(__dirname, '../../dist/main.js');
const CHEAP = ['--pipeline', '{"output":{"format":"webp"}}'];

let system: TestPackshot;
let folder: string;
let photos: string;
let out: string;

beforeAll(async () => {
  system = await startPackshot();
}, 180_000);
afterAll(() => system?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-batch-'));
  photos = join(folder, 'photos');
  out = join(folder, 'out');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, bytes: Uint8Array | string): Promise<void> {
  const path = join(photos, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

const photo = (seed: number, size = 64) => productPhoto({ width: size, height: size, seed });

interface Report {
  total: number;
  processed: number;
  skipped: number;
  failed: number;
  files: { file: string; status: string; result: string | null; error: { code: string } | null }[];
}

async function packshot(...args: string[]) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await run([...args, '--json'], {
    env: { PACKSHOT_URL: system.url, PACKSHOT_CONFIG: '/dev/null' },
    stdout: stream('out'),
    stderr: stream('err'),
    signal: new AbortController().signal,
  });
  const answer = written.out === '' ? null : (JSON.parse(written.out) as Report);
  return { code, answer, err: written.err };
}

const results = async () =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .sort();

/** Jobs of this server since a moment. */
async function jobsSince(before: ReadonlySet<string>): Promise<JobView[]> {
  const jobs: JobView[] = [];
  for await (const job of new Packshot({ baseUrl: system.url }).jobs.list()) if (!before.has(job.id)) jobs.push(job);
  return jobs;
}
const known = async () => new Set((await jobsSince(new Set())).map(({ id }) => id));

it('writes results under the names of the files, and does nothing a second time', async () => {
  await write('a.jpg', await productPhoto({ format: 'jpeg', width: 64, height: 48 }));
  await write('a.png', await photo(1));
  await write('deep/er/b.png', await photo(2));
  await write('notes.txt', 'no image');
  await write('.hidden.png', await photo(3));
  const first = await packshot('process', photos, '-o', out, ...CHEAP);
  expect(first).toMatchObject({ code: 0, answer: { total: 3, processed: 3, skipped: 0, failed: 0 } });
  expect(first.err).toMatch(/1 of the files are no images/);
  expect(await results()).toEqual(['a.jpg.webp', 'a.png.webp', 'deep/er/b.webp']);
  expect(await decodeRaw(await readFile(join(out, 'a.jpg.webp')))).toMatchObject({ width: 64, height: 48 });

  const before = await known();
  const again = await packshot('process', photos, '-o', out, ...CHEAP);
  expect(again).toMatchObject({ code: 0, answer: { total: 3, processed: 0, skipped: 3, failed: 0 } });
  expect(await jobsSince(before)).toEqual([]);

  // Another file, another pipeline, or a result that is gone: these are done, and nothing else.
  await write('a.png', await photo(4));
  await rm(join(out, 'deep/er/b.webp'));
  expect((await packshot('process', photos, '-o', out, ...CHEAP)).answer).toMatchObject({ processed: 2, skipped: 1 });
  const other = await packshot('process', photos, '-o', out, '--pipeline', '{"output":{"format":"png"}}');
  expect(other.answer).toMatchObject({ processed: 3, skipped: 0 });
});

it('goes on after the other files when one cannot be processed, and tries that again the next time', async () => {
  await write('good.png', await photo(1));
  await write('broken.png', cutOff(await photo(2)));
  const first = await packshot('process', photos, '-o', out, ...CHEAP);
  expect(first).toMatchObject({ code: 5, answer: { total: 2, processed: 1, failed: 1 } });
  expect(first.answer?.files.map(({ status, error }) => [status, error?.code])).toEqual([
    ['failed', 'corrupt_image'],
    ['processed', undefined],
  ]);
  await write('broken.png', await photo(2));
  const again = await packshot('process', photos, '-o', out, ...CHEAP);
  expect(again).toMatchObject({ code: 0, answer: { total: 2, processed: 1, skipped: 1, failed: 0 } });
});

it('takes files and patterns, and says what is wrong with them', async () => {
  for (const [name, seed] of [
    ['x1.png', 1],
    ['x2.png', 2],
    ['sub/x3.png', 3],
    ['y.png', 4],
  ] as const) {
    await write(name, await photo(seed));
  }
  const found = await packshot(
    'process',
    join(photos, '**/x[12].{png,jpg}'),
    join(photos, 'y.png'),
    '-o',
    out,
    ...CHEAP,
  );
  expect(found.code).toBe(0);
  expect(await results()).toEqual(['x1.webp', 'x2.webp', 'y.webp']);
  expect(await packshot('process', join(photos, 'none.png'), '-o', out)).toMatchObject({ code: 2, answer: null });
  await write('notes.txt', 'no image');
  const text = await packshot('process', join(photos, 'notes.txt'), '-o', out);
  expect(JSON.parse(text.err)).toMatchObject({ error: { code: 'unsupported_format' } });
  expect(await packshot('process', photos, '-o', out, '--pipeline', '{')).toMatchObject({ code: 2 });
  const refused = await packshot('process', photos, '-o', out, '--pipeline', '{"sharpen":true}');
  expect(JSON.parse(refused.err.split('\n').at(-2) ?? '')).toMatchObject({ error: { code: 'invalid_pipeline' } });
});

it('finishes after a kill what it had begun, each file processed once', async () => {
  const count = 12;
  for (let index = 0; index < count; index++) await write(`p${index}.png`, await photo(index, 200));
  const before = await known();
  const args = ['process', photos, '-o', out, '--pipeline', '{"denoise":true}', '--batch', '4', '--json'];
  const env = { PACKSHOT_URL: system.url, PACKSHOT_CONFIG: '/dev/null' };
  const first = await startNode(main, { args, env });
  const written = async () => (await results().catch(() => [])).filter((name) => !name.endsWith('.part')).length;
  await poll(async () => (await written()) >= 3, { timeoutMs: 60_000, intervalMs: 5, what: 'some results' });
  await first.kill9();
  const half = await written();
  expect(half).toBeLessThan(count);

  const second = await packshot(...args.slice(0, -1));
  expect(second).toMatchObject({ code: 0, answer: { total: count, failed: 0 } });
  const { skipped = 0, processed = 0 } = second.answer ?? {};
  expect(skipped + processed).toBe(count);
  expect(skipped).toBeGreaterThanOrEqual(half - 4);
  expect(await results()).toEqual(Array.from({ length: count }, (_, index) => `p${index}.jpg`).sort());
  // What the server did is no more than there were files: the jobs of the first start were followed, not sent again.
  const jobs = await jobsSince(before);
  expect(jobs.reduce((sum, { counts }) => sum + counts.total, 0)).toBe(count);
  expect(jobs.every(({ status }) => status === 'succeeded')).toBe(true);
}, 120_000);

it('sends again what the server has forgotten', async () => {
  await write('a.png', await photo(1));
  await packshot('process', photos, '-o', out, ...CHEAP);
  const journal = join(out, '.packshot.ndjson');
  const text = await readFile(journal, 'utf8');
  const unfinished = text
    .split('\n')
    .filter((line) => !line.includes('"event":"done"'))
    .join('\n');
  const { jobId = '' } =
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { jobId?: string })
      .find((entry) => entry.jobId) ?? {};
  await new Packshot({ baseUrl: system.url }).jobs.delete(jobId);
  // And with a line that a crash cut short.
  await writeFile(journal, `${unfinished}{"event":"do`);
  expect(await packshot('process', photos, '-o', out, ...CHEAP)).toMatchObject({ code: 0, answer: { processed: 1 } });
  expect(await packshot('process', photos, '-o', out, ...CHEAP)).toMatchObject({ code: 0, answer: { skipped: 1 } });
});

it('makes the same job of a request whose answer it never saw', async () => {
  await write('a.png', await photo(1));
  await packshot('process', photos, '-o', out, ...CHEAP);
  const journal = join(out, '.packshot.ndjson');
  const lines = (await readFile(journal, 'utf8')).split('\n');
  await writeFile(journal, `${lines.find((line) => line.includes('"event":"submit"'))}\n`);
  const before = await known();
  expect(await packshot('process', photos, '-o', out, ...CHEAP)).toMatchObject({ code: 0, answer: { processed: 1 } });
  expect(await jobsSince(before)).toEqual([]);
});

it('tells by its exit code that nobody answers, or that the key is not good', async () => {
  await write('a.png', await photo(1));
  const nobody = await startWebhookSink({ respond: () => ({ hangUp: true }) });
  const doorman = await startWebhookSink({
    respond: () => ({ status: 401, body: '{"code":"unauthorized","detail":"Who are you?","request_id":"req_1"}' }),
  });
  try {
    expect(await packshot('jobs', 'list', '--url', nobody.url)).toMatchObject({ code: 6 });
    const denied = await packshot('process', photos, '-o', out, '--url', doorman.url);
    expect(denied.code).toBe(7);
    expect(JSON.parse(denied.err)).toMatchObject({ error: { code: 'unauthorized', request_id: 'req_1' } });
  } finally {
    await Promise.all([nobody.close(), doorman.close()]);
  }
}, 60_000);

it('watches a folder, and processes what comes into it when it is whole', async () => {
  await write('first.png', await photo(1));
  const args = ['watch', photos, '-o', out, '--interval', '1', ...CHEAP, '--json'];
  const watcher = await startNode(main, { args, env: { PACKSHOT_URL: system.url, PACKSHOT_CONFIG: '/dev/null' } });
  try {
    await watcher.waitForLine(/"result":"first.webp"/, 30_000);
    await write('second.png', await photo(2));
    await watcher.waitForLine(/"result":"second.webp"/, 30_000);
    expect(await results()).toEqual(['first.webp', 'second.webp']);
    expect(await watcher.stop({ signal: 'SIGINT' })).toMatchObject({ code: 0 });
  } finally {
    await watcher.stop();
  }
}, 90_000);
