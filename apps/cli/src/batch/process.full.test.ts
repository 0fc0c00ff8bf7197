import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type JobView, Packshot } from '@packshot/sdk';
import { poll, productPhoto, startNode, startPackshot, type TestPackshot } from '@packshot/testing';

const main = resolve(__dirname, '../../dist/main.js');
const COUNT = 200;

let system: TestPackshot;
let folder: string;

beforeAll(async () => {
  system = await startPackshot();
  folder = await mkdtemp(join(tmpdir(), 'packshot-folder-'));
  await mkdir(join(folder, 'photos'));
  const photos: Buffer[] = [];
  for (let seed = 0; seed < 8; seed++) {
    photos.push(await productPhoto({ format: 'jpeg', width: 512, height: 512, seed }));
  }
  for (let index = 0; index < COUNT; index++) {
    await writeFile(join(folder, 'photos', `p${index}.jpg`), photos[index % photos.length] ?? '');
  }
}, 300_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('finishes a folder of 200 photos that it was killed in the middle of, twice, with nothing done again', async () => {
  const out = join(folder, 'out');
  const pipeline = '{"output":{"format":"webp"}}';
  const args = ['process', join(folder, 'photos'), '-o', out, '--pipeline', pipeline, '--json'];
  const start = () => startNode(main, { args, env: { PACKSHOT_URL: system.url, PACKSHOT_CONFIG: '/dev/null' } });
  const written = async () => (await readdir(out).catch(() => [])).filter((name) => name.endsWith('.webp')).length;

  for (const least of [COUNT / 4, COUNT / 2]) {
    const killed = await start();
    await poll(async () => (await written()) >= least, {
      timeoutMs: 600_000,
      intervalMs: 50,
      what: `${least} results`,
    });
    await killed.kill9();
    expect(await written()).toBeLessThan(COUNT);
  }
  const last = await start();
  expect(await last.exited).toMatchObject({ code: 0 });
  const output = last.output();
  const report = JSON.parse(output.slice(output.indexOf('{\n'), output.lastIndexOf('\n}') + 2));
  expect(report).toMatchObject({ total: COUNT, failed: 0 });
  expect(report.processed + report.skipped).toBe(COUNT);
  expect(report.skipped).toBeGreaterThanOrEqual(COUNT / 2);
  expect(await written()).toBe(COUNT);

  const jobs: JobView[] = [];
  for await (const job of new Packshot({ baseUrl: system.url }).jobs.list()) jobs.push(job);
  expect(jobs.reduce((sum, { counts }) => sum + counts.succeeded, 0)).toBe(COUNT);
  expect(jobs.reduce((sum, { counts }) => sum + counts.total, 0)).toBe(COUNT);
}, 1_800_000);
