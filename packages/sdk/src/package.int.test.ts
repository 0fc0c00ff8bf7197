import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { repositoryRoot, startNode, startWebhookSink } from '@packshot/testing';

/** The package as it is published, in an empty project. */
const exec = promisify(execFile);
const root = repositoryRoot();
let folder: string;
let installed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'packshot-sdk-test-'));
  const { stdout } = await exec(process.execPath, [join(root, 'packages/sdk/pack.mjs'), folder]);
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "shop", "private": true }');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await exec('npm', ['install', ...flags, stdout.trim()], { cwd: project });
  installed = join(project, 'node_modules/@packshot/sdk');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runs(name: string, source: string): Promise<string> {
  const path = join(folder, 'project', name);
  writeFileSync(path, source);
  const script = await startNode(path);
  const { code } = await script.exited;
  if (code !== 0) throw new Error(script.output());
  return script.output().trim();
}

it('is imported and required by Node', async () => {
  const use =
    "console.log(new Packshot({ baseUrl: 'http://x' }).jobs.constructor.name, new PackshotError('wait_over', 'm').code);";
  expect(await runs('a.mjs', `import { Packshot, PackshotError } from '@packshot/sdk'; ${use}`)).toBe('Jobs wait_over');
  expect(await runs('b.cjs', `const { Packshot, PackshotError } = require('@packshot/sdk'); ${use}`)).toBe(
    'Jobs wait_over',
  );
});

it('needs nothing that a browser has not, on a page without https too', async () => {
  const source = readFileSync(join(installed, 'dist/index.js'), 'utf8');
  const module: { exports: Partial<typeof import('./index')> } = { exports: {} };
  const web = {
    fetch,
    Headers,
    FormData,
    Blob,
    URL,
    URLSearchParams,
    TextEncoder,
    TextDecoder,
    setTimeout,
    clearTimeout,
  };
  // Neither `require` nor `process` nor `Buffer`; and of cryptography what such a page has.
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  runInContext(source, createContext({ ...web, performance, crypto: { getRandomValues }, module }));
  expect(Object.keys(module.exports).sort()).toEqual(['Packshot', 'PackshotError', 'verifyWebhook']);
  expect(readFileSync(join(installed, 'dist/index.mjs'), 'utf8')).not.toMatch(/from ["']|require\(/);

  const server = await startWebhookSink({ respond: () => ({ status: 202, body: '{"id":"job_1"}' }) });
  try {
    const packshot = module.exports.Packshot && new module.exports.Packshot({ baseUrl: server.url });
    const files = [{ data: new Blob(['an image']), name: 'a.png' }];
    expect((await packshot?.jobs.create({ files, preset: 'cutout' }))?.id).toBe('job_1');
    expect(server.deliveries[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  } finally {
    await server.close();
  }
});

it('knows its types in a strict project, down to the fields of the pipeline', async () => {
  const good = `
    import { Packshot, type JobView } from '@packshot/sdk';
    const packshot = new Packshot({ baseUrl: 'http://127.0.0.1:8080' });
    const job: JobView = await packshot.jobs.create({ items: [{ url: 'https://x/a.jpg' }], pipeline: { upscale: { scale: 2 } } });
    const total: number = job.counts.total;
    for await (const event of packshot.jobs.events(job.id)) if (event.type === 'item') console.log(event.data.status, total);`;
  const bad = `
    import { Packshot } from '@packshot/sdk';
    const packshot = new Packshot({ baseUrl: 'http://127.0.0.1:8080' });
    // @ts-expect-error there is no such scale
    await packshot.jobs.create({ items: [], pipeline: { upscale: { scale: 3 } } });
    // @ts-expect-error there is no such operation
    await packshot.jobs.create({ items: [], pipeline: { sharpen: true } });
    // @ts-expect-error no job has such a thing
    (await packshot.jobs.get('job_1')).colour;`;
  const project = join(folder, 'project');
  writeFileSync(join(project, 'good.mts'), good);
  writeFileSync(join(project, 'bad.mts'), bad);
  const flags = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023,dom,dom.asynciterable'];
  const resolution = ['--module', 'nodenext', '--moduleResolution', 'nodenext', '--types', ''];
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout } = await exec(tsc, [...flags, ...resolution, 'good.mts', 'bad.mts'], { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe('');
}, 60_000);
